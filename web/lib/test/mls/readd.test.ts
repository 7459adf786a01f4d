// A device whose state is lost can be put in again by any other member.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { commit, leaves, makeKeyPackage } from '../../src/mls/index.ts'
import { check, circle, follow, hear, join, reason, say } from './people.ts'

test('one commit takes a device out and brings it in again, with the same key', async () => {
  const [a, b, c] = await circle(3)
  const keys = await makeKeyPackage(b!.id, 1)
  const made = await commit(a!.group, { remove: [1], add: [keys.message] }, check)
  const [byC] = await follow(made.commit, [c!])
  assert.ok(byC!.kind === 'commit' && byC!.added[0]!.device === b!.id.device && byC!.removed[0]!.device === b!.id.device)
  a!.group = made.next
  const again = await join(b!.id, made, keys)
  assert.equal(leaves(again.group).length, 3)
  assert.equal(await hear(again, await say(c!, 'again')), 'again')
  assert.equal(await hear(a!, await say(again, 'yes')), 'yes')
  // Its old state has ended.
  const [old] = await follow(made.commit, [b!])
  assert.ok(old!.kind === 'commit' && old!.removedSelf)
  await assert.rejects(say(b!, 'from the old state'), reason('unknown_member'))
})
