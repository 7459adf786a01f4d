// The account's key certifies the keys of its devices.
import { ed25519 } from '@noble/curves/ed25519.js'
import { concat, expectLength, label, random, uint, uuidBytes } from './bytes.ts'
import type { AccountSecrets, Bytes, Certificate, KeyPair } from './types.ts'
import { IdentityError } from './types.ts'

function makeKey(): KeyPair {
  const { secretKey, publicKey } = ed25519.keygen()
  return { public: publicKey, private: secretKey }
}

export const makeAccountKey: () => KeyPair = makeKey
export const makeDeviceKey: () => KeyPair = makeKey

export function makeArchiveKey(): Bytes {
  return random(32)
}

/** The public half of an account or device key. */
export function publicKey(privateKey: Bytes): Bytes {
  expectLength(privateKey, 32, 'a private key')
  return ed25519.getPublicKey(privateKey)
}

function certificateBytes(account: string, device: string, signatureKey: Bytes, created: number): Bytes {
  expectLength(signatureKey, 32, 'a signature key')
  if (!Number.isSafeInteger(created) || created < 0) {
    throw new IdentityError('malformed', 'created is milliseconds since 1970')
  }
  return concat(
    label('ngx_chat device certificate v1'), uuidBytes(account), uuidBytes(device), signatureKey, uint(created, 8),
  )
}

export function certify(
  accountPrivate: Bytes, account: string, device: string, signatureKey: Bytes, createdMs: number,
): Certificate {
  expectLength(accountPrivate, 32, 'an account key')
  return {
    created: createdMs,
    signature: ed25519.sign(certificateBytes(account, device, signatureKey, createdMs), accountPrivate),
  }
}

/** Never throws: what is malformed is not certified. */
export function verifyCertificate(
  accountPublic: Bytes, account: string, device: string, signatureKey: Bytes, certificate: Certificate,
): boolean {
  try {
    const bytes = certificateBytes(account, device, signatureKey, certificate.created)
    // Strictly by RFC 8032, as the server does.
    return ed25519.verify(certificate.signature, bytes, accountPublic, { zip215: false })
  } catch {
    return false
  }
}

export function packSecrets({ accountPrivate, archiveKey }: AccountSecrets): Bytes {
  expectLength(accountPrivate, 32, 'an account key')
  expectLength(archiveKey, 32, 'an archive key')
  return concat(accountPrivate, archiveKey)
}

export function unpackSecrets(bytes: Bytes): AccountSecrets {
  expectLength(bytes, 64, 'a pair of secrets')
  return { accountPrivate: bytes.slice(0, 32), archiveKey: bytes.slice(32) }
}
