// What a server or a member that means harm can send, and what comes of it.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { defaultClientConfig } from 'ts-mls/clientConfig.js'
import {
  commit, createGroup, epochAuthenticator, joinByWelcome, loadGroup, makeKeyPackage, process, readHead, readKeyPackage, readWelcome,
  saveGroup, welcomeRefs,
} from '../../src/mls/index.ts'
import { implementation } from '../../src/mls/config.ts'
import {
  add, check, circle, device, follow, found, ghost, hear, none, reason, remove, say, text, update, type Member,
} from './people.ts'

test('messages that come out of order are read, each once', async () => {
  const [a, b] = await circle(2)
  const sent = []
  for (const what of ['one', 'two', 'three', 'four']) {
    sent.push(await say(a!, what))
  }
  assert.equal(await hear(b!, sent[2]!), 'three')
  assert.equal(await hear(b!, sent[0]!), 'one')
  assert.equal(await hear(b!, sent[3]!), 'four')
  assert.equal(await hear(b!, sent[1]!), 'two')
  for (const message of sent) {
    await assert.rejects(hear(b!, message), reason('replayed'))
  }
})

test('a message is bound to its epoch, group and bytes', async () => {
  const [a, b] = await circle(2)
  const [other] = await circle(2)
  const message = await say(a!, 'the text', text('aad'))
  const before = saveGroup(b!.group)
  await assert.rejects(hear(other!, message), reason('refused'))
  for (let cut = 0; cut < message.length; cut += 7) {
    await assert.rejects(hear(b!, message.slice(0, cut)), reason('malformed'))
  }
  const longer = new Uint8Array(message.length + 1)
  longer.set(message)
  await assert.rejects(hear(b!, longer), reason('malformed'))
  for (let at = 0; at < message.length; at += 3) {
    const changed = message.slice()
    changed[at]! ^= 0x10
    await assert.rejects(hear(b!, changed), (error: { name: string }) => error.name === 'MlsError')
  }
  assert.deepEqual(saveGroup(b!.group), before, 'nothing of it changed the state')
  assert.equal(await hear(b!, message), 'the text')
})

test('every byte of a commit counts', async () => {
  const [a, b] = await circle(2)
  const made = await commit(a!.group, {}, check, { aad: text('why') })
  for (let at = 0; at < made.commit.length; at++) {
    const changed = made.commit.slice()
    changed[at]! ^= 1
    await assert.rejects(process(b!.group, changed, check), (error: { name: string }) => error.name === 'MlsError')
  }
  assert.deepEqual(epochAuthenticator((await process(b!.group, made.commit, check)).next), epochAuthenticator(made.next))
})

test('a ghost device is refused wherever it comes in: added, in a Welcome, in a key package claimed', async () => {
  const [a, b] = await circle(2)
  const mine = ghost(a!.id.account)
  const keys = await makeKeyPackage(mine, 1)
  // We do not add it ourselves …
  await assert.rejects(commit(a!.group, { add: [keys.message] }, check), reason('refused'))
  // … nor take the commit of somebody who did …
  const made = await commit(a!.group, { add: [keys.message] }, () => true)
  await assert.rejects(process(b!.group, made.commit, check), reason('refused'))
  // … nor join a group that has one.
  const invited = device()
  const invitedKeys = await makeKeyPackage(invited, 1)
  const withGhost = await commit(made.next, { add: [invitedKeys.message] }, () => true)
  await assert.rejects(joinByWelcome(invited, withGhost.welcome!, [invitedKeys], check), reason('refused'))
  assert.equal(await hear(b!, await say(a!, 'unharmed')), 'unharmed')
})

test("a check that fails by an error of its own brings that error back", async () => {
  const [a, b] = await circle(2)
  const made = await commit(a!.group, {}, check)
  await assert.rejects(process(b!.group, made.commit, () => { throw new RangeError('no directory') }), /no directory/)
})

test('somebody else with our name but another key is not us', async () => {
  const [a] = await circle(2)
  const imposter = { ...ghost(), account: a!.id.account, device: a!.id.device }
  const keys = await makeKeyPackage(imposter, 1)
  await assert.rejects(commit(a!.group, { add: [keys.message] }, check), reason('refused'))
})

test('a Welcome for somebody else is not ours', async () => {
  const a = await found(device())
  const [b, c] = [device(), device()]
  const [forB, forC] = [await makeKeyPackage(b, 1), await makeKeyPackage(c, 1)]
  const made = await commit(a.group, { add: [forB.message] }, check)
  assert.deepEqual(welcomeRefs(made.welcome!), [forB.ref])
  await assert.rejects(joinByWelcome(c, made.welcome!, [forC], check), reason('unknown_member'))
  await assert.rejects(joinByWelcome(c, made.welcome!, [forB], check), reason('refused'))
  await assert.rejects(joinByWelcome(b, made.welcome!, [], check), reason('unknown_member'))
  const head = await readWelcome(b, made.welcome!, [forC, forB].slice(1))
  assert.deepEqual(head.leaves.map(({ device }) => device), [a.id.device, b.device])
  assert.deepEqual(head.usedRef, forB.ref)
  for (let at = 6; at < made.welcome!.length; at += 11) {
    const changed = made.welcome!.slice()
    changed[at]! ^= 4
    await assert.rejects(joinByWelcome(b, changed, [forB], check), (error: { name: string }) => error.name === 'MlsError')
  }
})

test('a key package lives 90 days at most, and what has expired is not added', async (t) => {
  const [a, b] = await circle(2)
  const id = device()
  await assert.rejects(makeKeyPackage(id, 1, { lifetimeDays: 91 }), reason('refused'))
  await assert.rejects(makeKeyPackage(id, 1, { lifetimeDays: 0 }), reason('refused'))
  const short = await makeKeyPackage(id, 1, { lifetimeDays: 2 })
  const head = await readKeyPackage(short.message)
  assert.equal(head.notAfter - head.notBefore, 2 * 86400)
  assert.deepEqual([head.account, head.device, head.suite], [id.account, id.device, 1])
  assert.deepEqual(head.ref, short.ref)
  assert.deepEqual(head.signatureKey, id.signaturePublic)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 86400_000 })
  await assert.rejects(commit(a!.group, { add: [short.message] }, check), reason('refused'))
  // A member that comes back later takes the commit that was right in its time.
  t.mock.timers.setTime(Date.now() - 3 * 86400_000)
  const made = await commit(a!.group, { add: [short.message] }, check)
  t.mock.timers.setTime(Date.now() + 30 * 86400_000)
  assert.equal((await process(b!.group, made.commit, check)).kind, 'commit')
})

test('a key package that would live 400 days is refused by who adds it and by who hears of it', async () => {
  const { createCommit, generateKeyPackageWithKey, getCiphersuiteImpl, getCiphersuiteFromName, encodeMlsMessage,
    decodeGroupState } = await import('ts-mls')
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  const [a, b] = await circle(2)
  const id = device()
  const now = BigInt(Math.floor(Date.now() / 1000))
  const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: text(`${id.account}/${id.device}`) },
    { versions: ['mls10'], ciphersuites: [cs.name], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: now, notAfter: now + 400n * 86400n }, [],
    { signKey: id.signaturePrivate, publicKey: id.signaturePublic }, cs)
  const message = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage })
  await assert.rejects(commit(a!.group, { add: [message] }, check), reason('refused'))
  const state = { ...decodeGroupState(saveGroup(a!.group).slice(1), 0)![0], clientConfig: defaultClientConfig }
  const made = await createCommit({ state, cipherSuite: cs }, {
    wireAsPublicMessage: true, extraProposals: [{ proposalType: 'add', add: { keyPackage } }],
  })
  await assert.rejects(process(b!.group, encodeMlsMessage(made.commit), check), reason('refused'))
})

test('commits with proposals that we do not use are refused', async () => {
  const { createCommit, createProposal, getCiphersuiteImpl, getCiphersuiteFromName, encodeMlsMessage, decodeGroupState } = await import('ts-mls')
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  const [a, b, c] = await circle(3)
  const state = { ...decodeGroupState(saveGroup(a!.group).slice(1), 0)![0], clientConfig: defaultClientConfig }
  const make = async (extraProposals: NonNullable<Parameters<typeof createCommit>[1]>['extraProposals'], wireAsPublicMessage = true) =>
    encodeMlsMessage((await createCommit({ state, cipherSuite: cs }, { wireAsPublicMessage, extraProposals })).commit)

  await assert.rejects(process(b!.group, await make([
    { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } }]), check), reason('refused'))
  await assert.rejects(process(b!.group, await make([
    { proposalType: 'reinit', reinit: { groupId: text('x'), version: 'mls10', cipherSuite: cs.name, extensions: [] } }]),
  check), reason('refused'))
  await assert.rejects(process(b!.group, await make([
    { proposalType: 0x0b0b, proposalData: none }]), check), reason('refused'))
  await assert.rejects(process(b!.group, await make([], false), check), reason('refused'), 'an encrypted commit')

  const proposed = await createProposal(state, true, { proposalType: 'remove', remove: { removed: 2 } }, cs)
  await assert.rejects(process(b!.group, encodeMlsMessage(proposed.message), check), reason('refused'), 'a proposal')
  const byReference = await createCommit({ state: proposed.newState, cipherSuite: cs }, { wireAsPublicMessage: true })
  await assert.rejects(process(b!.group, encodeMlsMessage(byReference.commit), check), reason('refused'))
  assert.equal(await hear(c!, await say(b!, 'unharmed')), 'unharmed')
})

test('a message of a former epoch is read for four commits, then it is too old', async () => {
  const [a, b, c] = await circle(3)
  const late = []
  for (let i = 0; i < 5; i++) {
    late.push(await say(c!, `late ${i}`))
  }
  for (let commits = 1; commits <= 4; commits++) {
    await update(a!, [b!, c!])
    b!.group = loadGroup(saveGroup(b!.group))
    assert.equal(await hear(b!, late[commits - 1]!), `late ${commits - 1}`)
  }
  await update(a!, [b!, c!])
  await assert.rejects(hear(b!, late[4]!), reason('epoch_too_old'))
})

test('who was removed has no say in former epochs either', async () => {
  const [a, b, c] = await circle(3)
  const smuggled = await say(c!, 'kept back by the server')
  await remove(a!, [2], [b!])
  await assert.rejects(hear(b!, smuggled), reason('unknown_member'))
})

test('a message of an epoch that we have not reached waits for its commit', async () => {
  const [a, b] = await circle(2)
  const made = await update(a!, [])
  const message = await say(a!, 'ahead')
  await assert.rejects(hear(b!, message), reason('wrong_epoch'))
  await follow(made.commit, [b!])
  assert.equal(await hear(b!, message), 'ahead')
})

test('a key that was used twice, from a state that went back, is noticed by readers', async () => {
  const [a, b] = await circle(2)
  const old = { id: a!.id, group: a!.group }
  assert.equal(await hear(b!, await say(a!, 'first')), 'first')
  await assert.rejects(hear(b!, await say(old, 'second, same key')), reason('replayed'))
})

test('a device cannot read its own messages: it is told so', async () => {
  const [a] = await circle(2)
  await assert.rejects(hear(a!, await say(a!, 'mine')), reason('own'))
})

/** The sender as it is after so many messages, without making them. */
async function after(messages: number, by: Member): Promise<void> {
  const { decodeGroupState, encodeGroupState } = await import('ts-mls')
  const { ratchetUntil } = await import('ts-mls/secretTree.js')
  const { kdf } = await implementation(1)
  const state = decodeGroupState(saveGroup(by.group).slice(1), 0)![0]
  const node = state.secretTree[state.privatePath.leafIndex * 2]!
  const { generation } = node.application
  const config = { retainKeysForGenerations: 1, retainKeysForEpochs: 4, maximumForwardRatchetSteps: messages };
  [node.application] = await ratchetUntil(node.application, generation + messages, config, kdf)
  by.group = loadGroup(new Uint8Array([1, ...encodeGroupState(state)]))
}

test('3000 messages that retention took away do not silence a sender; more than 5000 do, until the next epoch', async () => {
  const [a, b] = await circle(2)
  await after(3000, a!)
  assert.equal(await hear(b!, await say(a!, 'still heard')), 'still heard')
  await after(5001, a!)
  await assert.rejects(hear(b!, await say(a!, 'too far')), reason('undecryptable'))
  await update(a!, [b!])
  assert.equal(await hear(b!, await say(a!, 'heard again')), 'heard again')
})

test('groups hold 200 devices, not more', async () => {
  const a = await found(device())
  const packages = await Promise.all(Array.from({ length: 200 }, () => makeKeyPackage(device(), 1)))
  await assert.rejects(commit(a.group, { add: packages.map(({ message }) => message) }, check), reason('refused'))
})

test('a device is in a group once', async () => {
  const [a, b] = await circle(2)
  const keys = await makeKeyPackage(b!.id, 1)
  await assert.rejects(commit(a!.group, { add: [keys.message] }, check), reason('refused'))
  const other = device()
  const [one, two] = [await makeKeyPackage(other, 1), await makeKeyPackage(other, 1)]
  await assert.rejects(commit(a!.group, { add: [one.message, two.message] }, check), reason('refused'))
})

test('a newcomer with the keys of a member is refused, by who adds it and by who hears of it', async () => {
  const [a, b] = await circle(2)
  // The same signature key under another name …
  const twin = { ...device(), signaturePublic: b!.id.signaturePublic, signaturePrivate: b!.id.signaturePrivate }
  const keys = await makeKeyPackage(twin, 1)
  await assert.rejects(commit(a!.group, { add: [keys.message] }, () => true), reason('refused'))
  // … and the same encryption key, put there by a member that does not check.
  const { createCommit, getCiphersuiteImpl, getCiphersuiteFromName, encodeMlsMessage, decodeGroupState } = await import('ts-mls')
  const { signLeafNodeKeyPackage } = await import('ts-mls/leafNode.js')
  const { signKeyPackage } = await import('ts-mls/keyPackage.js')
  const { decodeKeyPackage } = await import('../../src/mls/codec.ts')
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  const state = { ...decodeGroupState(saveGroup(a!.group).slice(1), 0)![0], clientConfig: defaultClientConfig }
  const id = device()
  const honest = decodeKeyPackage((await makeKeyPackage(id, 1)).message)
  const of = state.ratchetTree[2]
  assert.ok(of?.nodeType === 'leaf')
  const leafNode = await signLeafNodeKeyPackage(
    { ...honest.leafNode, hpkePublicKey: of.leaf.hpkePublicKey }, id.signaturePrivate, cs.signature)
  const keyPackage = await signKeyPackage({ ...honest, leafNode }, id.signaturePrivate, cs.signature)
  const made = await createCommit({ state, cipherSuite: cs }, {
    wireAsPublicMessage: true, extraProposals: [{ proposalType: 'add', add: { keyPackage } }],
  })
  await assert.rejects(process(b!.group, encodeMlsMessage(made.commit), check), reason('refused'))
})

test('lengths are hidden: texts of up to 180 bytes look alike, longer ones come in steps', async () => {
  const [a] = await circle(2)
  const size = async (n: number) => (await say(a!, 'x'.repeat(n))).length
  assert.equal(await size(1), await size(180))
  assert.equal(await size(1000), await size(1010))
  assert.ok(await size(1000) < 1200)
  assert.ok(await size(16384) < 16384 * 1.15)
})

test('what is no message at all is malformed', async () => {
  const [a, b] = await circle(2)
  const keys = await makeKeyPackage(device(), 1)
  await assert.rejects(process(b!.group, keys.message, check), reason('malformed'))
  await assert.rejects(process(b!.group, none, check), reason('malformed'))
  await assert.rejects(process(b!.group, new Uint8Array(600 * 1024), check), reason('malformed'))
  await assert.rejects(commit(a!.group, { add: [keys.message.slice(0, 100)] }, check), reason('malformed'))
  await assert.rejects(createGroup(device(), text('id'), 2, check), reason('refused'))
  await assert.rejects(createGroup({ ...device(), account: 'root' }, text('id'), 1, check), reason('refused'))
  assert.throws(() => readHead(text('nonsense')), reason('malformed'))
  const head = readHead(await say(a!, 'x'))
  assert.deepEqual([head.kind, head.epoch], ['message', 1n])
})

test('commits name leaves that exist', async () => {
  const [a] = await circle(2)
  await assert.rejects(commit(a!.group, { remove: [7] }, check), reason('refused'))
  await assert.rejects(commit(a!.group, { remove: [0] }, check), reason('refused'))
  const [b] = await add(a!, [device()])
  assert.equal(await hear(b!, await say(a!, 'unharmed')), 'unharmed')
})

test('a ghost that was in the group when a device joined is not heard: its message is refused', async () => {
  const founder = await found(device())
  const haunted = ghost(device().account)
  const reader = device()
  const [ghostly, ours] = await Promise.all([makeKeyPackage(haunted, 1), makeKeyPackage(reader, 1)])
  const made = await commit(founder.group, { add: [ghostly.message, ours.message] }, () => true)
  const voice = (await joinByWelcome(haunted, made.welcome!, [ghostly], () => true)).group
  // the server said that the ghost is about to be removed, so that joining took it
  const joined = (await joinByWelcome(reader, made.welcome!, [ours], () => true)).group
  const spoken = await say({ id: haunted, group: voice }, 'it is me')
  await assert.rejects(process(joined, spoken, check), reason('refused'))
  founder.group = made.next
  assert.equal(await hear({ id: reader, group: joined }, await say(founder, 'heard')), 'heard')
})
