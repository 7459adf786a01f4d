// Key packages: what others need to add this device.
import { generateKeyPackageWithKey, type KeyPackage as LibraryKeyPackage, type PrivateKeyPackage } from 'ts-mls'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { capabilities, clockSkew, implementation, makeCredential, maxLifetimeDays, readCredential } from './config.ts'
import { decodeKeyPackage, encodeKeyPackage, same } from './codec.ts'
import { MlsError, typed } from './error.ts'
import type { Bytes, DeviceIdentity, KeyPackage, StoredKeyPackage } from './types.ts'

const version = 1
const day = 86400

export interface LibraryKeys {
  publicPackage: LibraryKeyPackage
  privatePackage: PrivateKeyPackage
}

export async function generate(id: DeviceIdentity, suite: number, lifetimeDays: number): Promise<LibraryKeys> {
  if (!(lifetimeDays > 0 && lifetimeDays <= maxLifetimeDays)) {
    throw new MlsError('refused', `a lifetime of ${lifetimeDays} days, at most ${maxLifetimeDays}`)
  }
  const cs = await implementation(suite)
  const notBefore = Math.floor(Date.now() / 1000) - clockSkew
  return generateKeyPackageWithKey(
    makeCredential(id.account, id.device), capabilities(cs.name),
    { notBefore: BigInt(notBefore), notAfter: BigInt(notBefore + Math.floor(lifetimeDays * day)) },
    [], { signKey: id.signaturePrivate, publicKey: id.signaturePublic }, cs,
  )
}

/** `secret` is used up by the Welcome it opens: delete it then (a last resort's when it is replaced). */
export async function makeKeyPackage(
  id: DeviceIdentity, suite: number, options: { lastResort?: boolean; lifetimeDays?: number } = {},
): Promise<KeyPackage> {
  return typed(async () => {
    const days = options.lifetimeDays ?? (options.lastResort ? maxLifetimeDays : 30)
    const { publicPackage, privatePackage } = await generate(id, suite, days)
    const { hash } = await implementation(suite)
    return {
      ref: await makeKeyPackageRef(publicPackage, hash),
      message: encodeKeyPackage(publicPackage),
      secret: packSecret(privatePackage),
    }
  })
}

/** The stored key package as the library takes it, if it is this device's. */
export function openStored(id: DeviceIdentity, { message, secret }: StoredKeyPackage): LibraryKeys {
  const publicPackage = decodeKeyPackage(message)
  const { account, device } = readCredential(publicPackage.leafNode.credential)
  if (account !== id.account || device !== id.device ||
      !same(publicPackage.leafNode.signaturePublicKey, id.signaturePublic)) {
    throw new MlsError('refused', 'a key package of another device')
  }
  return { publicPackage, privatePackage: { ...unpackSecret(secret), signaturePrivateKey: id.signaturePrivate } }
}

/**
 * What an Add may bring in: our kind of leaf, a bounded lifetime. Nothing here
 * depends on the time, so that members who look later judge the same.
 */
export function checkAdded(keyPackage: LibraryKeyPackage): void {
  const { leafNode } = keyPackage
  readCredential(leafNode.credential)
  const { notBefore, notAfter } = leafNode.lifetime
  if (notAfter <= notBefore || notAfter - notBefore > BigInt(maxLifetimeDays * day)) {
    throw new MlsError('refused', `a key package that lives longer than ${maxLifetimeDays} days`)
  }
  if (leafNode.extensions.length > 0 || keyPackage.extensions.length > 0) {
    throw new MlsError('refused', 'a key package with extensions')
  }
  if (!leafNode.capabilities.ciphersuites.includes(keyPackage.cipherSuite) ||
      !leafNode.capabilities.versions.includes('mls10')) {
    throw new MlsError('refused', 'a key package that does not list its own suite')
  }
}

function packSecret({ initPrivateKey, hpkePrivateKey }: PrivateKeyPackage): Bytes {
  if (initPrivateKey.length !== 32 || hpkePrivateKey.length !== 32) {
    throw new MlsError('malformed', 'X25519 private keys have 32 bytes')
  }
  const bytes = new Uint8Array(65)
  bytes[0] = version
  bytes.set(initPrivateKey, 1)
  bytes.set(hpkePrivateKey, 33)
  return bytes
}

function unpackSecret(secret: Bytes): { initPrivateKey: Bytes; hpkePrivateKey: Bytes } {
  if (secret.length !== 65 || secret[0] !== version) {
    throw new MlsError('malformed', "not a key package's secret")
  }
  return { initPrivateKey: secret.slice(1, 33), hpkePrivateKey: secret.slice(33) }
}
