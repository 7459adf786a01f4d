// Leaves that were added since the last paths of others must not keep
// newcomers out: RFC 9420 7.9 lets each parent node list its own.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add, circle, device, hear, remove, say, update } from './people.ts'

test('a newcomer joins a tree whose parents list different unmerged leaves', async () => {
  const [a, b, ...rest] = await circle(8)
  await update(a!, [b!, ...rest])
  // Leaf 1 goes and another device takes its place, without a path …
  await remove(rest[4]!, [1], [a!, ...rest.filter((_, i) => i !== 4)])
  await update(a!, rest)
  const [e] = await add(a!, [device()], rest)
  // … then the root is renewed from the other side: only the left half still lists it.
  await update(rest[4]!, [a!, e!, ...rest.filter((_, i) => i !== 4)])
  const [f] = await add(a!, [device()], [e!, ...rest])
  assert.equal(await hear(f!, await say(e!, 'welcome')), 'welcome')
  assert.equal(await hear(e!, await say(f!, 'thanks')), 'thanks')
})

test('newcomers join on both sides of the tree at once', async () => {
  const everyone = await circle(8)
  const [a] = everyone
  await update(a!, everyone.slice(1))
  const left = everyone.filter((_, i) => i !== 1 && i !== 6)
  await remove(a!, [1, 6], left.slice(1))
  await update(left[4]!, left.filter((_, i) => i !== 4))
  await update(a!, left.slice(1))
  const [e, f] = await add(a!, [device(), device()], left.slice(1))
  assert.equal(await hear(f!, await say(e!, 'welcome')), 'welcome')
})
