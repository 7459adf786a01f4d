// One way to seal: a key by HKDF-SHA-256 for one purpose, AES-256-GCM,
// a version byte, a random nonce. WebCrypto does both.
import { concat, label, random } from './bytes.ts'
import { IdentityError, type Bytes } from './types.ts'

const version = 1
const nonceLength = 12
const tagLength = 16

async function boxKey(secret: Bytes, salt: Bytes, purpose: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', concat(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: concat(salt), info: concat(label(purpose)) },
    base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'],
  )
}

/** Version (1) ‖ nonce (12) ‖ ciphertext and tag. `bound` must be the same to open it. */
export async function seal(
  secret: Bytes, salt: Bytes, purpose: string, bound: Bytes, plaintext: Bytes,
): Promise<Bytes> {
  const nonce = random(nonceLength)
  const key = await boxKey(secret, salt, purpose)
  const additionalData = concat(label(purpose), Uint8Array.of(version), bound)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, concat(plaintext))
  return concat(Uint8Array.of(version), nonce, new Uint8Array(sealed))
}

export async function open(
  secret: Bytes, salt: Bytes, purpose: string, bound: Bytes, sealed: Bytes,
): Promise<Bytes> {
  if (sealed.length < 1 + nonceLength + tagLength || sealed[0] !== version) {
    throw new IdentityError('malformed', `not a sealed ${purpose} of version ${version}`)
  }
  const key = await boxKey(secret, salt, purpose)
  const additionalData = concat(label(purpose), Uint8Array.of(version), bound)
  try {
    return new Uint8Array(await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: concat(sealed.subarray(1, 1 + nonceLength)), additionalData },
      key, concat(sealed.subarray(1 + nonceLength)),
    ))
  } catch {
    throw new IdentityError('wrong_key', `the key does not open this ${purpose}`)
  }
}
