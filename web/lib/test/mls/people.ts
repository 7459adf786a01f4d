// Devices for the tests: a directory of certified keys, and groups of them.
import { randomUUID } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import {
  commit, createGroup, encrypt, joinByWelcome, makeKeyPackage, process, type Bytes, type CheckLeaf, type Commit,
  type DeviceIdentity, type Group, type Received,
} from '../../src/mls/index.ts'

export const none = new Uint8Array()
export const text = (value: string): Bytes => new TextEncoder().encode(value)
export const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)

const certified = new Map<string, Bytes>()

/** The directory says yes to devices made with `device()` here, to nobody else. */
export const check: CheckLeaf = (account, device, key) => {
  const known = certified.get(`${account}/${device}`)
  return known !== undefined && Buffer.from(known).equals(Buffer.from(key))
}

export function certify(id: DeviceIdentity): void {
  certified.set(`${id.account}/${id.device}`, id.signaturePublic)
}

export function ghost(account: string = randomUUID()): DeviceIdentity {
  const { secretKey, publicKey } = ed25519.keygen()
  return { account, device: randomUUID(), signaturePublic: publicKey, signaturePrivate: secretKey }
}

export function device(account?: string): DeviceIdentity {
  const id = ghost(account)
  certify(id)
  return id
}

/** One device and its state of one group. */
export interface Member {
  id: DeviceIdentity
  group: Group
}

export async function found(id: DeviceIdentity, suite = 1): Promise<Member> {
  const groupId = crypto.getRandomValues(new Uint8Array(20))
  return { id, group: await createGroup(id, groupId, suite, check) }
}

export async function join(id: DeviceIdentity, made: Commit, keyPackage: { message: Bytes; secret: Bytes }): Promise<Member> {
  const { group } = await joinByWelcome(id, made.welcome!, [keyPackage], check)
  return { id, group }
}

/** `by` adds devices; everyone of `others` takes the commit. */
export async function add(by: Member, ids: DeviceIdentity[], others: Member[] = [], suite = 1): Promise<Member[]> {
  const packages = await Promise.all(ids.map((id) => makeKeyPackage(id, suite)))
  const made = await commit(by.group, { add: packages.map(({ message }) => message) }, check)
  await follow(made.commit, others)
  by.group = made.next
  return Promise.all(ids.map((id, i) => join(id, made, packages[i]!)))
}

export async function remove(by: Member, leaves: number[], others: Member[]): Promise<Commit> {
  const made = await commit(by.group, { remove: leaves }, check)
  await follow(made.commit, others)
  by.group = made.next
  return made
}

export async function update(by: Member, others: Member[]): Promise<Commit> {
  const made = await commit(by.group, {}, check)
  await follow(made.commit, others)
  by.group = made.next
  return made
}

export async function follow(message: Bytes, others: Member[]): Promise<Received[]> {
  const all: Received[] = []
  for (const other of others) {
    const received = await process(other.group, message, check)
    other.group = received.next
    all.push(received)
  }
  return all
}

export async function say(by: Member, what: string, aad: Bytes = none): Promise<Bytes> {
  const { next, message } = await encrypt(by.group, text(what), aad)
  by.group = next
  return message
}

export async function hear(by: Member, message: Bytes): Promise<string> {
  const received = await process(by.group, message, check)
  if (received.kind !== 'message') {
    throw new Error('expected a message')
  }
  by.group = received.next
  return read(received.plaintext)
}

/** n devices of n accounts in one group; the first made it. */
export async function circle(n: number, suite = 1): Promise<Member[]> {
  const first = await found(device(), suite)
  return [first, ...await add(first, Array.from({ length: n - 1 }, () => device()), [], suite)]
}

export const reason = (expected: string) => (error: unknown): true => {
  const { reason, message } = error as { reason?: string; message: string }
  if (reason !== expected) {
    throw new Error(`expected ${expected}, got ${reason}: ${message}`, { cause: error })
  }
  return true
}
