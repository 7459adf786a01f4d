// Safety numbers: two people compare 60 digits, or scan them, and know that
// nobody stands between. Each side's half is slow to forge: 5200 rounds.
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, expectLength, same, uuidBytes } from './bytes.ts'
import { IdentityError, type Bytes, type Fingerprinted, type SafetyNumber } from './types.ts'

const rounds = 5200
const halfLength = 32
const version = 1
const maxKeys = 32

function compare(a: Bytes, b: Bytes): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) {
      return difference
    }
  }
  return 0
}

/** One side: its ids and keys in the order of the ids, hashed over and over with the keys. */
function half(side: readonly Fingerprinted[]): Bytes {
  if (side.length === 0 || side.length > maxKeys) {
    throw new IdentityError('malformed', `a safety number of ${side.length} keys`)
  }
  const sorted = side.map(({ id, key }) => {
    expectLength(key, 32, 'a key')
    return { id: uuidBytes(id), key }
  }).sort((a, b) => compare(a.id, b.id))
  const keys = concat(...sorted.map(({ key }) => key))
  let hash: Bytes = concat(Uint8Array.of(0, version), ...sorted.map(({ id, key }) => concat(id, key)))
  // Not by WebCrypto: 5200 promises cost ten times the hashing.
  for (let round = 0; round < rounds; round++) {
    hash = sha512(concat(hash, keys))
  }
  return hash.slice(0, halfLength)
}

/** 30 digits: six times five bytes, each to five digits. */
function digits(half: Bytes): string {
  const view = new DataView(half.buffer, half.byteOffset, half.byteLength)
  const groups: string[] = []
  for (let at = 0; at < 30; at += 5) {
    const value = view.getUint8(at) * 2 ** 32 + view.getUint32(at + 1)
    groups.push(String(value % 100000).padStart(5, '0'))
  }
  return groups.join(' ')
}

/** The same on both sides, whoever asks. */
export async function safetyNumber(
  own: readonly Fingerprinted[], theirs: readonly Fingerprinted[],
): Promise<SafetyNumber> {
  const [mine, other] = [half(own), half(theirs)]
  const sorted = [mine, other].sort(compare)
  return { digits: sorted.map(digits).join(' '), qr: concat(Uint8Array.of(version), mine, other) }
}

/** Compares what was scanned from their screen with our own number. */
export function compareSafetyQr(scanned: Bytes, own: SafetyNumber): 'same' | 'different' | 'unreadable' {
  if (scanned.length !== 1 + 2 * halfLength || scanned[0] !== version) {
    return 'unreadable'
  }
  const [mine, other] = [own.qr.subarray(1, 1 + halfLength), own.qr.subarray(1 + halfLength)]
  const expected = concat(Uint8Array.of(version), other, mine)
  return same(scanned, expected) ? 'same' : 'different'
}
