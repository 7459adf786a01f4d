// Devices that lost their state, or that no member could add, come in by themselves.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { defaultClientConfig } from 'ts-mls/clientConfig.js'
import {
  commit, epochAuthenticator, joinExternal, leaves, makeKeyPackage, ownLeaf, process, readGroupInfo,
} from '../../src/mls/index.ts'
import { certify, check, circle, device, follow, ghost, hear, join, reason, remove, say, text, update, type Member } from './people.ts'

test('a device joins by the GroupInfo, and reads and writes from then on', async () => {
  const [a, b, c] = await circle(3)
  const { groupInfo } = await update(a!, [b!, c!])
  const head = await readGroupInfo(groupInfo)
  assert.deepEqual(head.leaves, leaves(a!.group))
  const id = device()
  const joined = await joinExternal(id, groupInfo, check, { resync: false, aad: text('hello') })
  const d: Member = { id, group: joined.next }
  const [received] = await follow(joined.commit, [a!, b!, c!])
  assert.ok(received!.kind === 'commit' && received!.external)
  assert.equal(received!.kind === 'commit' && received!.committer.device, id.device)
  assert.deepEqual(received!.kind === 'commit' && received!.committer, ownLeaf(d.group))
  assert.equal(await hear(b!, await say(d, 'by myself')), 'by myself')
  assert.equal(await hear(d, await say(c!, 'welcome')), 'welcome')
  // The GroupInfo that it made lets the next one in.
  const another = device()
  const next = await joinExternal(another, joined.groupInfo, check, { resync: false })
  await follow(next.commit, [a!, b!, c!, d])
  assert.equal(await hear(d, await say({ id: another, group: next.next }, 'me too')), 'me too')
})

test('a device that lost its state takes its leaf again; its old state ends', async () => {
  const [a, b, c] = await circle(3)
  const { groupInfo } = await update(a!, [b!, c!])
  const again = await joinExternal(b!.id, groupInfo, check, { resync: true })
  const old = b!.group
  const [received] = await follow(again.commit, [a!, c!])
  assert.deepEqual(received!.kind === 'commit' && received!.removed.map(({ device }) => device), [b!.id.device])
  const left = await process(old, again.commit, check)
  assert.ok(left.kind === 'commit' && left.removedSelf)
  const back: Member = { id: b!.id, group: again.next }
  assert.equal(leaves(a!.group).length, 3)
  assert.equal(await hear(back, await say(c!, 'again')), 'again')
  assert.equal(await hear(a!, await say(back, 'yes')), 'yes')
})

test('a device that lost its key too comes back with a new one', async () => {
  const [a, b, c] = await circle(3)
  const { groupInfo } = await update(a!, [b!, c!])
  const renewed = { ...ghost(), account: b!.id.account, device: b!.id.device }
  await assert.rejects(joinExternal(renewed, groupInfo, check, { resync: true }), reason('refused'))
  certify(renewed)
  const again = await joinExternal(renewed, groupInfo, check, { resync: true })
  await follow(again.commit, [a!, c!])
  assert.equal(await hear(c!, await say({ id: renewed, group: again.next }, 'new key')), 'new key')
})

test('a former key of this device does not vouch for a group', async () => {
  const [a, b] = await circle(2)
  const { groupInfo } = await update(b!, [a!])
  const renewed = { ...ghost(), account: b!.id.account, device: b!.id.device }
  certify(renewed)
  await assert.rejects(joinExternal(renewed, groupInfo, check, { resync: true }), reason('refused'))
  const byOther = await update(a!, [b!])
  const again = await joinExternal(renewed, byOther.groupInfo, check, { resync: true })
  await follow(again.commit, [a!])
  assert.equal(await hear(a!, await say({ id: renewed, group: again.next }, 'vouched for by a')), 'vouched for by a')
})

test('resync without a leaf, or joining with one, is refused at once', async () => {
  const [a, b] = await circle(2)
  const { groupInfo } = await update(a!, [b!])
  await assert.rejects(joinExternal(device(), groupInfo, check, { resync: true }), reason('unknown_member'))
  await assert.rejects(joinExternal(b!.id, groupInfo, check, { resync: false }), reason('refused'))
})

test('a GroupInfo that was changed, or that has a ghost, or no door, lets nobody in', async () => {
  const [a, b] = await circle(2)
  const { groupInfo } = await update(a!, [b!])
  const id = device()
  for (let at = 4; at < groupInfo.length; at += 5) {
    const changed = groupInfo.slice()
    changed[at]! ^= 2
    await assert.rejects(
      joinExternal(id, changed, check, { resync: false }), (error: { name: string }) => error.name === 'MlsError')
  }
  const haunted = ghost()
  const keys = await makeKeyPackage(haunted, 1)
  const made = await commit(a!.group, { add: [keys.message] }, () => true)
  await assert.rejects(joinExternal(id, made.groupInfo, check, { resync: false }), reason('refused'))
  const closed = await commit(a!.group, {}, check, { externalPub: false })
  await assert.rejects(joinExternal(id, closed.groupInfo, check, { resync: false }), reason('refused'))
})

test('a ghost that joins by itself, or throws out somebody else, is refused by all', async () => {
  const [a, b, c] = await circle(3)
  const { groupInfo } = await update(a!, [b!, c!])
  const haunted = ghost()
  const ghostly = await joinExternal(haunted, groupInfo, () => true, { resync: false })
  await assert.rejects(process(b!.group, ghostly.commit, check), reason('refused'))
  // With c's name it would replace c.
  const imposter = { ...ghost(), account: c!.id.account, device: c!.id.device }
  const usurping = await joinExternal(imposter, groupInfo, () => true, { resync: true })
  await assert.rejects(process(b!.group, usurping.commit, check), reason('refused'))
  await assert.rejects(process(c!.group, usurping.commit, check), reason('refused'))
  // A certified device that removes another's leaf on its way in.
  const { joinGroupExternal, decodeMlsMessage, encodeMlsMessage, generateKeyPackageWithKey, getCiphersuiteImpl,
    getCiphersuiteFromName } = await import('ts-mls')
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  const id = device()
  const info = decodeMlsMessage(groupInfo, 0)![0]
  assert.ok(info.wireformat === 'mls_group_info')
  const keys = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: text(`${id.account}/${id.device}`) },
    { versions: ['mls10'], ciphersuites: [cs.name], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: 0n, notAfter: 9n }, [], { signKey: id.signaturePrivate, publicKey: id.signaturePublic }, cs)
  const other = b!.id
  const made = await joinGroupExternal(info.groupInfo, keys.publicPackage, keys.privatePackage, true, cs, undefined, {
    ...defaultClientConfig,
    keyPackageEqualityConfig: {
      compareKeyPackages: () => false,
      compareKeyPackageToLeafNode: (_, leaf) => Buffer.from(leaf.signaturePublicKey).equals(Buffer.from(other.signaturePublic)),
    },
  })
  const message = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage: made.publicMessage })
  await assert.rejects(process(a!.group, message, check), reason('refused'))
  assert.equal(await hear(c!, await say(b!, 'unharmed')), 'unharmed')
})

test('a removed device does not come back by a GroupInfo of before: that epoch has passed', async () => {
  const [a, b, c] = await circle(3)
  const before = await update(a!, [b!, c!])
  await remove(a!, [2], [b!])
  const sneaking = await joinExternal(c!.id, before.groupInfo, check, { resync: true })
  await assert.rejects(process(b!.group, sneaking.commit, check), reason('wrong_epoch'))
})

test('an external commit and a member that is welcomed meet in one tree', async () => {
  const [a, b] = await circle(2)
  const { groupInfo } = await update(a!, [b!])
  const one = device()
  const joined = await joinExternal(one, groupInfo, check, { resync: false })
  await follow(joined.commit, [a!, b!])
  const two = device()
  const keys = await makeKeyPackage(two, 1)
  const made = await commit(joined.next, { add: [keys.message] }, check)
  await follow(made.commit, [a!, b!])
  const second = await join(two, made, keys)
  assert.deepEqual(epochAuthenticator(second.group), epochAuthenticator(a!.group))
  assert.equal(await hear(second, await say(b!, 'all here')), 'all here')
})
