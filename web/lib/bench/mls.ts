// Times of what people wait for, in milliseconds: medians. The same file runs
// in Node and in Chromium (see run.mjs).
import {
  commit, createGroup, encrypt, joinByWelcome, joinExternal, loadGroup, makeKeyPackage, process, saveGroup, type Bytes,
  type DeviceIdentity, type Group, type KeyPackage,
} from '../src/mls/index.ts'
import { makeAccountKey, makeDeviceKey, safetyNumber } from '../src/identity/index.ts'

export type Times = Record<string, Record<string, number>>

interface Member {
  id: DeviceIdentity
  group: Group
}

const all = () => true
const text = new TextEncoder().encode('x'.repeat(100))
const none = new Uint8Array()

function device(): DeviceIdentity {
  const keys = makeDeviceKey()
  return {
    account: crypto.randomUUID(), device: crypto.randomUUID(), signaturePublic: keys.public, signaturePrivate: keys.private,
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

async function timed<T>(into: number[], step: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await step()
  into.push(performance.now() - start)
  return result
}

/** A group of n devices of which three are followed; everything n-dependent is done `rounds` times. */
async function group(n: number, rounds: number): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {}
  const into = (name: string) => (times[name] ??= [])
  let a: Member
  let b: Member
  let followers: Member[] = []
  const join = async (id: DeviceIdentity, welcome: Bytes, held: KeyPackage, name: string) =>
    ({ id, group: (await timed(into(name), () => joinByWelcome(id, welcome, [held], all))).group })
  const follow = async (message: Bytes, name: string) => {
    for (const member of followers) {
      member.group = (await timed(into(name), () => process(member.group, message, all))).next
    }
  }

  for (let round = 0; round < rounds; round++) {
    const founder = device()
    const ids = Array.from({ length: n - 1 }, device)
    const packages: KeyPackage[] = []
    for (const id of ids) {
      packages.push(await timed(into('key package'), () => makeKeyPackage(id, 1)))
    }
    const start = performance.now()
    const empty = await createGroup(founder, crypto.getRandomValues(new Uint8Array(20)), 1, all)
    const made = await commit(empty, { add: packages.map(({ message }) => message) }, all)
    into('create: one commit that adds all').push(performance.now() - start)
    a = { id: founder, group: made.next }
    b = await join(ids[0]!, made.welcome!, packages[0]!, 'join by Welcome, new group')
    followers = [b]

    for (let i = 0; i < 50 / rounds; i++) {
      const sent = await timed(into('encrypt 100 bytes'), () => encrypt(a.group, text, none))
      a.group = sent.next
      b.group = (await timed(into('decrypt 100 bytes'), () => process(b.group, sent.message, all))).next
    }

    const newcomer = device()
    const key = await makeKeyPackage(newcomer, 1)
    const adding = await timed(into('commit: add one'), () => commit(a.group, { add: [key.message] }, all))
    a.group = adding.next
    await follow(adding.commit, 'follow: add one')
    const c = await join(newcomer, adding.welcome!, key, 'join by Welcome, added later')
    followers = [b, c]

    const updating = await timed(into('commit: own keys'), () => commit(a.group, {}, all))
    a.group = updating.next
    await follow(updating.commit, 'follow: own keys')

    const coming = device()
    const joined = await timed(into('join by external commit'), () =>
      joinExternal(coming, updating.groupInfo, all, { resync: false }))
    followers = [a, b, c]
    await follow(joined.commit, 'follow: external commit')

    const removing = await timed(into('commit: remove one'), () => commit(a.group, { remove: [n] }, all))
    a.group = removing.next
    followers = [b]
    await follow(removing.commit, 'follow: remove one')

    let bytes!: Bytes
    for (let i = 0; i < 5; i++) {
      bytes = await timed(into('save'), async () => saveGroup(b.group))
      await timed(into('load'), async () => loadGroup(bytes))
    }
    into('saved state, bytes').push(bytes.length)
    into('Welcome of all, bytes').push(made.welcome!.length)
    into('commit: own keys, bytes').push(updating.commit.length)
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]))
}

/** What doesn't depend on the size. */
async function once(): Promise<Record<string, number>> {
  const account = () => ({ id: crypto.randomUUID(), key: makeAccountKey().public })
  const numbers: number[] = []
  for (let i = 0; i < 5; i++) {
    await timed(numbers, () => safetyNumber([account()], [account()]))
  }
  const [a, b] = [device(), device()]
  const key = await makeKeyPackage(b, 1)
  const made = await commit(await createGroup(a, text.slice(0, 20), 1, all), { add: [key.message] }, all)
  let sender = made.next
  let message: Bytes = none
  for (let i = 0; i <= 3000; i++) {
    ({ next: sender, message } = await encrypt(sender, text, none))
  }
  const { group: reader } = await joinByWelcome(b, made.welcome!, [key], all)
  const skipped: number[] = []
  for (let i = 0; i < 3; i++) {
    await timed(skipped, () => process(reader, message, all))
  }
  return { 'safety number': median(numbers), 'decrypt after 3000 skipped': median(skipped) }
}

export async function run(sizes: number[] = [2, 10, 100]): Promise<Times> {
  await group(4, 3) // warm
  const times: Times = {}
  for (const n of sizes) {
    times[n] = await group(n, n < 50 ? 10 : 3)
  }
  times['any'] = await once()
  return times
}
