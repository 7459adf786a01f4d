// The recovery key: 160 random bits that people write down. It opens what the
// server keeps of the account's secrets; without it the server's copy is noise.
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, label, random, same, uuidBytes } from './bytes.ts'
import { open, seal } from './box.ts'
import { packSecrets, unpackSecrets } from './keys.ts'
import { IdentityError, type AccountSecrets, type Bytes } from './types.ts'

// Crockford's: no I, L, O, U.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const keyLength = 20
const keyLetters = 32
const checkLetters = 4
const letters = keyLetters + checkLetters
const purpose = 'ngx_chat recovery v1'

function toLetters(bytes: Bytes): string {
  let value = 0
  let bits = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >> bits) & 31]
    }
  }
  return text
}

function toBytes(text: string): Bytes {
  let value = 0
  let bits = 0
  const bytes: number[] = []
  for (const letter of text) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >> bits) & 255)
    }
  }
  return Uint8Array.from(bytes)
}

/** 20 bits: a typing error passes once in a million, and then the box does not open. */
function checkOf(key: Bytes): string {
  return toLetters(sha256(concat(label('ngx_chat recovery key v1'), key)).subarray(0, 5)).slice(0, checkLetters)
}

function isWhole(text: string): boolean {
  return checkOf(toBytes(text.slice(0, keyLetters))) === text.slice(keyLetters)
}

function grouped(text: string): string {
  return text.match(/.{4}/g)!.join('-')
}

/** Shown once: 9 groups of 4. */
export function makeRecoveryKey(): string {
  const key = random(keyLength)
  return grouped(toLetters(key) + checkOf(key))
}

/** Every text that is one slip away: another letter, or two neighbours changed round. */
function* slips(text: string): Generator<string> {
  for (let at = 0; at < letters; at++) {
    for (const letter of alphabet) {
      yield text.slice(0, at) + letter + text.slice(at + 1)
    }
    if (at + 1 < letters) {
      yield text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
    }
  }
}

/** Forgives case, blanks, look-alike letters and one slip; gives the key in its one form. */
export function readRecoveryKey(text: string): string {
  const plain = text.normalize('NFKC').toUpperCase().replace(/[\s\-‐-―_.,:]/g, '')
    .replaceAll('O', '0').replace(/[IL]/g, '1').replaceAll('U', 'V')
  if (plain.length !== letters || [...plain].some((letter) => !alphabet.includes(letter))) {
    throw new IdentityError('malformed', `a recovery key has ${letters} letters and digits`)
  }
  if (isWhole(plain)) {
    return grouped(plain)
  }
  const found = new Set([...slips(plain)].filter(isWhole))
  if (found.size !== 1) {
    throw new IdentityError('bad_checksum', 'this recovery key has a typing error')
  }
  return grouped([...found][0]!)
}

function keyBytes(recoveryKey: string): Bytes {
  return toBytes(readRecoveryKey(recoveryKey).replaceAll('-', '').slice(0, keyLetters))
}

/** What the server keeps. HKDF is enough for a key that nobody can guess. */
export async function wrapSecrets(recoveryKey: string, account: string, secrets: AccountSecrets): Promise<Bytes> {
  return seal(keyBytes(recoveryKey), uuidBytes(account), purpose, uuidBytes(account), packSecrets(secrets))
}

export async function unwrapSecrets(recoveryKey: string, account: string, wrapped: Bytes): Promise<AccountSecrets> {
  return unpackSecrets(await open(keyBytes(recoveryKey), uuidBytes(account), purpose, uuidBytes(account), wrapped))
}

/** Whether two texts are the same key: people confirm that they wrote it down. */
export function isSameRecoveryKey(one: string, other: string): boolean {
  return same(keyBytes(one), keyBytes(other))
}
