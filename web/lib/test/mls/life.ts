// A group's life by chance: whatever happens in whatever order, everybody who
// is in agrees, reads and is heard, and who left does not.
import assert from 'node:assert/strict'
import {
  commit, epochAuthenticator, joinExternal, leaves, loadGroup, makeKeyPackage, ownLeaf, process, saveGroup,
} from '../../src/mls/index.ts'
import { check, device, follow, found, hear, join, say, type Member } from './people.ts'

/** The same seed gives the same life (xorshift). */
function chance(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

export async function live(seed: number, steps: number, most: number): Promise<void> {
  const pick = chance(seed)
  const any = <T>(list: readonly T[]): T => list[pick(list.length)]!
  let members: Member[] = [await found(device())]
  let groupInfo: Uint8Array | undefined
  const left: Member[] = []
  const others = (by: Member) => members.filter((member) => member !== by)

  const change = async (): Promise<string> => {
    const by = any(members)
    const adds = members.length < most ? pick(4) : 0
    const keys = await Promise.all(Array.from({ length: adds }, async () => {
      const id = left.length > 0 && pick(3) === 0 ? left.splice(pick(left.length), 1)[0]!.id : device()
      return { id, ...await makeKeyPackage(id, 1) }
    }))
    const gone = others(by).filter(() => pick(members.length) < 1)
    const made = await commit(by.group, {
      add: keys.map(({ message }) => message), remove: gone.map((member) => ownLeaf(member.group).leaf),
    }, check)
    for (const member of gone) {
      const received = await process(member.group, made.commit, check)
      assert.ok(received.kind === 'commit' && received.removedSelf)
      left.push(member)
    }
    members = members.filter((member) => !gone.includes(member))
    await follow(made.commit, others(by))
    by.group = made.next
    groupInfo = made.groupInfo
    members.push(...await Promise.all(keys.map((key) => join(key.id, made, key))))
    return `+${adds} -${gone.length}`
  }

  const comeIn = async (): Promise<string> => {
    const back = pick(2) === 0 && members.length > 1 ? any(members) : undefined
    if (!groupInfo || (!back && members.length >= most)) {
      return change()
    }
    const id = back?.id ?? device()
    const joined = await joinExternal(id, groupInfo, check, { resync: back !== undefined })
    members = members.filter((member) => member !== back)
    await follow(joined.commit, members)
    members.push({ id, group: joined.next })
    groupInfo = joined.groupInfo
    return back ? 'resync' : 'external'
  }

  for (let step = 0; step < steps; step++) {
    const what = await (pick(4) === 0 ? comeIn() : change())
      .catch((error: Error) => assert.fail(`seed ${seed}, step ${step}: ${error.stack}`))
    const at = `seed ${seed}, step ${step} (${what}), ${members.length} devices`
    const [first] = members
    for (const member of members) {
      assert.deepEqual(epochAuthenticator(member.group), epochAuthenticator(first!.group), at)
      assert.deepEqual(leaves(member.group).map((leaf) => leaf.device), leaves(first!.group).map((leaf) => leaf.device), at)
    }
    const speaker = any(members)
    const message = await say(speaker, at)
    for (const member of others(speaker)) {
      if (pick(5) === 0) {
        member.group = loadGroup(saveGroup(member.group))
      }
      assert.equal(await hear(member, message), at)
    }
    for (const member of left.slice(-2)) {
      await assert.rejects(hear(member, message), at)
    }
  }
}
