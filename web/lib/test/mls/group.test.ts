// What people rely on while a group lives: everybody in it reads, nobody else.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { defaultClientConfig } from 'ts-mls/clientConfig.js'
import {
  commit, epoch, epochAuthenticator, groupId, isSupported, leaves, loadGroup, makeKeyPackage, ownLeaf, process, saveGroup, suite,
  suites, type Group,
} from '../../src/mls/index.ts'
import { add, certify, check, circle, device, found, hear, join, none, read, reason, remove, say, text, update } from './people.ts'

for (const number of suites) {
  test(`suite ${number}: two devices read each other, and who wrote is told`, async () => {
    const [a, b] = await circle(2, number)
    assert.equal(suite(a!.group), number)
    assert.equal(await hear(b!, await say(a!, 'hello')), 'hello')
    assert.equal(await hear(a!, await say(b!, 'hello yourself')), 'hello yourself')
    const received = await process(b!.group, await say(a!, 'with aad', text('id 42')), check)
    assert.equal(received.kind, 'message')
    assert.equal(received.kind === 'message' && received.sender.device, a!.id.device)
    assert.equal(read(received.aad), 'id 42')
    assert.deepEqual(epochAuthenticator(a!.group), epochAuthenticator(b!.group))
  })
}

test('a removed member cannot read what follows, with nothing that it ever had', async () => {
  const [a, b, c] = await circle(3)
  await update(a!, [b!, c!])
  await update(c!, [a!, b!])
  const before = saveGroup(c!.group)
  const made = await remove(a!, [2], [b!])

  // c's old state reads nothing of the new epoch …
  const message = await say(a!, 'without c')
  assert.equal(await hear(b!, message), 'without c')
  await assert.rejects(hear({ id: c!.id, group: loadGroup(before) }, message), reason('wrong_epoch'))
  // … nor after it took the commit that removed it …
  const received = await process(c!.group, made.commit, check)
  assert.ok(received.kind === 'commit' && received.removedSelf)
  assert.deepEqual(received.kind === 'commit' && received.removed.map(({ device }) => device), [c!.id.device])
  await assert.rejects(process(received.next, message, check), reason('unknown_member'))
  await assert.rejects(say({ id: c!.id, group: received.next }, 'still here?'), reason('unknown_member'))
  assert.throws(() => ownLeaf(received.next), reason('unknown_member'))
  // … nor any later epoch, and what it says is heard by nobody.
  await update(b!, [a!])
  await assert.rejects(hear({ id: c!.id, group: loadGroup(before) }, await say(b!, 'later')), reason('wrong_epoch'))
  await assert.rejects(hear(a!, await say({ id: c!.id, group: loadGroup(before) }, 'from the past')), reason('unknown_member'))
  await assert.rejects(hear(b!, await say({ id: c!.id, group: loadGroup(before) }, 'from the past')), reason('unknown_member'))
})

test('a removed member is told so even when another takes its leaf in the same commit', async () => {
  const [a, b, c] = await circle(3)
  const keys = await makeKeyPackage(device(), 1)
  const made = await commit(a!.group, { remove: [1], add: [keys.message] }, check)
  const received = await process(b!.group, made.commit, check)
  assert.ok(received.kind === 'commit' && received.removedSelf)
  assert.throws(() => ownLeaf(received.next), reason('unknown_member'))
  assert.equal((await process(c!.group, made.commit, check)).kind, 'commit')
  // Only if it is the commit of a member: anybody can write one.
  const forged = made.commit.slice()
  forged[forged.length - 1]! ^= 1
  await assert.rejects(process(b!.group, forged, check), reason('bad_signature'))
})

test("a removed member's old secrets do not open the new epoch, even handed to the library itself", async () => {
  const { processPrivateMessage, processPublicMessage, decodeMlsMessage, emptyPskIndex, decodeGroupState, getCiphersuiteImpl,
    getCiphersuiteFromName } = await import('ts-mls')
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  // Several sizes: in 1.6.2 and 2.0.0-rc.10 a commit of one Remove had no path, and the removed went on reading.
  for (const n of [2, 3, 4, 5]) {
    const all = await circle(n)
    const gone = all[n - 1]!
    const state = decodeGroupState(saveGroup(gone.group).slice(1), 0)![0]
    const left = all.slice(0, -1)
    const made = await remove(all[0]!, [n - 1], left.slice(1))
    const message = await say(all[0]!, 'secret after removal')
    const commit = decodeMlsMessage(made.commit, 0)![0]
    assert.ok(commit.wireformat === 'mls_public_message')
    const { content } = commit.publicMessage
    assert.ok(content.contentType === 'commit' && content.commit.path !== undefined, 'the commit has a path')

    // Without the check for its own removal it goes on as if it were a member.
    const forced = await processPublicMessage(
      { ...state, clientConfig: defaultClientConfig }, commit.publicMessage, emptyPskIndex, cs,
    ).then(({ newState }) => newState, () => ({ ...state, clientConfig: defaultClientConfig }))
    const application = decodeMlsMessage(message, 0)![0]
    assert.ok(application.wireformat === 'mls_private_message')
    const asOfNow = { ...forced, groupContext: { ...forced.groupContext, epoch: application.privateMessage.epoch } }
    await assert.rejects(processPrivateMessage(asOfNow, application.privateMessage, emptyPskIndex, cs))
    if (n > 2) {
      assert.equal(await hear(left[1]!, message), 'secret after removal')
    }
  }
})

test('whoever is added again reads from then on, and not what was said between', async () => {
  const [a, b, c] = await circle(3)
  await remove(a!, [2], [b!])
  const between = await say(a!, 'about c')
  assert.equal(await hear(b!, between), 'about c')
  const [again] = await add(b!, [c!.id], [a!])
  await assert.rejects(hear(again!, between), reason('epoch_too_old'))
  assert.equal(await hear(again!, await say(a!, 'welcome back')), 'welcome back')
  assert.equal(await hear(a!, await say(again!, 'thank you')), 'thank you')
})

test('who was added, who was removed and who did it is told to everybody', async () => {
  const [a, b, c] = await circle(3)
  const newcomer = device()
  const keys = await makeKeyPackage(newcomer, 1)
  const made = await commit(a!.group, { add: [keys.message], remove: [1] }, check)
  const received = await process(c!.group, made.commit, check)
  assert.ok(received.kind === 'commit' && !received.external && !received.removedSelf)
  assert.equal(received.committer.device, a!.id.device)
  // The newcomer takes the leaf that became free.
  assert.deepEqual(received.added.map(({ leaf, device }) => [leaf, device]), [[1, newcomer.device]])
  assert.deepEqual(received.removed.map(({ leaf, device }) => [leaf, device]), [[1, b!.id.device]])
  assert.deepEqual(leaves(received.next), leaves(made.next))
  const d = await join(newcomer, made, keys)
  assert.equal(await hear(d, await say({ id: a!.id, group: made.next }, 'all new')), 'all new')
})

test('a state that was saved and loaded goes on in the same place', async () => {
  const [a, b] = await circle(2)
  await hear(b!, await say(a!, 'one'))
  const copy: Group = loadGroup(saveGroup(b!.group))
  assert.equal(epoch(copy), epoch(b!.group))
  assert.deepEqual(groupId(copy), groupId(a!.group))
  assert.deepEqual(saveGroup(copy), saveGroup(b!.group))
  assert.equal(await hear({ id: b!.id, group: copy }, await say(a!, 'two')), 'two')
  for (const bad of [none, Uint8Array.of(9), saveGroup(b!.group).slice(0, -1), saveGroup(b!.group).fill(9, 0, 1)]) {
    assert.throws(() => loadGroup(bad), reason('malformed'))
  }
})

test('of two commits at once one wins; the loser follows it and makes its own again', async () => {
  const [a, b, c] = await circle(3)
  const [byA, byB] = [await commit(a!.group, {}, check), await commit(b!.group, { remove: [2] }, check)]
  // The server took a's: b drops its own and takes the winner's with the state of before.
  const won = await process(b!.group, byA.commit, check)
  assert.equal(won.kind, 'commit')
  await assert.rejects(process(byA.next, byB.commit, check), reason('wrong_epoch'))
  a!.group = byA.next
  b!.group = won.next
  c!.group = (await process(c!.group, byA.commit, check)).next
  const retried = await commit(b!.group, { remove: [2] }, check)
  a!.group = (await process(a!.group, retried.commit, check)).next
  b!.group = retried.next
  assert.equal(await hear(a!, await say(b!, 'settled')), 'settled')
})

test('a pending commit that was stored before it was sent is gone on with after a crash', async () => {
  const [a, b] = await circle(2)
  const made = await commit(a!.group, {}, check)
  const stored = saveGroup(made.next)
  // The server took it, the answer was lost, the page was closed.
  b!.group = (await process(b!.group, made.commit, check)).next
  await assert.rejects(process(a!.group, made.commit, check), reason('own'))
  const resumed = { id: a!.id, group: loadGroup(stored) }
  assert.equal(await hear(resumed, await say(b!, 'here we are')), 'here we are')
})

test('a group of one device alone commits, and adds the first other', async () => {
  const a = await found(device())
  await update(a, [])
  const [b] = await add(a, [device()])
  assert.equal(await hear(b!, await say(a, 'hello')), 'hello')
})

test('a device with a last resort key package joins two groups by it', async () => {
  const id = device()
  const keys = await makeKeyPackage(id, 1, { lastResort: true })
  const [one, two] = [await found(device()), await found(device())]
  for (const founder of [one, two]) {
    const made = await commit(founder.group, { add: [keys.message] }, check)
    founder.group = made.next
    const member = await join(id, made, keys)
    assert.equal(await hear(member, await say(founder, 'hello')), 'hello')
  }
})

test('private: two leaves that nobody can change, and no key to come in by', async () => {
  const [a, b] = await circle(2)
  const third = device()
  certify(third)
  const keys = await makeKeyPackage(third, 1)
  const adding = await commit(a!.group, { add: [keys.message] }, check)
  await assert.rejects(process(b!.group, adding.commit, check, { fixed: true }), reason('refused'))
  const renewing = await commit(a!.group, {}, check, { externalPub: false })
  const renewed = await process(b!.group, renewing.commit, check, { fixed: true })
  assert.deepEqual(epochAuthenticator(renewed.next), epochAuthenticator(renewing.next))
})

test('a browser without Ed25519 or X25519 is told apart before anything is lost', async (t) => {
  assert.equal(await isSupported(), true)
  const { generateKey } = crypto.subtle
  t.mock.method(crypto.subtle, 'generateKey', (...args: Parameters<typeof generateKey>) =>
    (args[0] as unknown) === 'X25519'
      ? Promise.reject(new DOMException('', 'NotSupportedError')) : generateKey.apply(crypto.subtle, args))
  assert.equal(await isSupported(), false)
})
