// How we use the library: suites, bounds, and what it asks us back.
import {
  getCiphersuiteFromName, getCiphersuiteImpl, type Capabilities, type CiphersuiteImpl, type CiphersuiteName,
  type ClientConfig, type Credential, type PaddingConfig,
} from 'ts-mls'
import { carry, MlsError } from './error.ts'
import type { CheckLeaf } from './types.ts'

const suiteNames: Readonly<Record<number, CiphersuiteName>> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
}

export const suites: readonly number[] = [1, 3]

/** More devices make joining too slow: the library checks the tree without a cache. */
export const maxLeaves = 200
export const maxLifetimeDays = 90
/** Bounds of what is decoded at all, in bytes. */
export const maxMessage = 512 * 1024
export const maxKeyPackage = 4096
export const maxState = 16 * 1024 * 1024
export const maxPlaintext = 256 * 1024

/** Clocks differ: key packages are dated back by this many seconds. */
export const clockSkew = 3600

const implementations = new Map<number, Promise<CiphersuiteImpl>>()

export function implementation(suite: number): Promise<CiphersuiteImpl> {
  let found = implementations.get(suite)
  if (!found) {
    const name = suiteNames[suite]
    if (!name) {
      throw new MlsError('refused', `cipher suite ${suite} is not offered`)
    }
    found = getCiphersuiteImpl(getCiphersuiteFromName(name))
    implementations.set(suite, found)
  }
  return found
}

export function suiteNumber(name: CiphersuiteName): number {
  const found = suites.find((suite) => suiteNames[suite] === name)
  if (!found) {
    throw new MlsError('refused', `cipher suite ${name} is not offered`)
  }
  return found
}

/** A leaf can do one suite and nothing optional: there is little to disagree on. */
export function capabilities(name: CiphersuiteName): Capabilities {
  return { versions: ['mls10'], ciphersuites: [name], extensions: [], proposals: [], credentials: ['basic'] }
}

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const identity = new RegExp(`^(${uuid})/(${uuid})$`)

export function makeCredential(account: string, device: string): Credential {
  const text = `${account}/${device}`
  if (!identity.test(text)) {
    throw new MlsError('refused', 'an identity is two UUIDs in lower case')
  }
  return { credentialType: 'basic', identity: new TextEncoder().encode(text) }
}

export function readCredential(credential: Credential): { account: string; device: string } {
  const text = credential.credentialType === 'basic' ? new TextDecoder().decode(credential.identity) : ''
  const found = identity.exec(text)
  if (!found) {
    throw new MlsError('refused', 'a credential is not account/device')
  }
  return { account: found[1]!, device: found[2]! }
}

function sameIdentity(a: Credential, b: Credential): boolean {
  const [one, other] = [readCredential(a), readCredential(b)]
  return one.account === other.account && one.device === other.device
}

/** What the library needs beside a state; its own defaults accept everybody. */
export function config(check: CheckLeaf, padding?: PaddingConfig): ClientConfig {
  return {
    keyRetentionConfig: { retainKeysForGenerations: 16, retainKeysForEpochs: 4, maximumForwardRatchetSteps: 5000 },
    lifetimeConfig: { maximumTotalLifetime: BigInt(maxLifetimeDays * 86400), validateLifetimeOnReceive: false },
    // A client is its identity: at most one leaf a device, and a resync finds
    // its old leaf even when the key is new.
    keyPackageEqualityConfig: {
      compareKeyPackages: (a, b) => sameIdentity(a.leafNode.credential, b.leafNode.credential),
      compareKeyPackageToLeafNode: (a, b) => sameIdentity(a.leafNode.credential, b.credential),
    },
    paddingConfig: padding ?? { kind: 'padUntilLength', padUntilLength: 256 },
    authService: {
      validateCredential: async (credential, signatureKey) => {
        const { account, device } = readCredential(credential)
        return carry(() => check(account, device, signatureKey)) === true
      },
    },
  }
}

/** Hides the length of a text: 256 bytes at least, then steps of an eighth. */
export function padding(plaintext: number): PaddingConfig {
  const length = plaintext + 72
  let step = 256
  while (step * 16 < length * 2) {
    step *= 2
  }
  const unit = length <= 256 ? 256 : step / 8
  return { kind: 'padUntilLength', padUntilLength: Math.ceil(length / unit) * unit }
}

/** Whether this browser has what the library calls: Chrome 137, Firefox 130, Safari 17 or later, in a secure context. */
export async function isSupported(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
    return true
  } catch {
    return false
  }
}
