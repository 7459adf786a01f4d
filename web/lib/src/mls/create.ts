// Making groups and commits.
import {
  createCommit, createGroup as libraryCreateGroup, createGroupInfoWithExternalPubAndRatchetTree, encodeMlsMessage,
  type ClientState, type Proposal,
} from 'ts-mls'
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js'
import { clockSkew, config, implementation, maxLeaves, suites } from './config.ts'
import { checkTree, decodeKeyPackage, encodeGroupInfo, encodeWelcome } from './codec.ts'
import { MlsError, typed } from './error.ts'
import { checkAdded, generate } from './keys.ts'
import { client, leaves, ownLeaf, suite, wrap, wrapSlim } from './state.ts'
import type { Bytes, Changes, CheckLeaf, Commit, CommitOptions, DeviceIdentity, Group } from './types.ts'

/** A group of this device alone, at epoch 0: nobody knows it before its first commit. */
export async function createGroup(
  id: DeviceIdentity, groupId: Bytes, suite: number, check: CheckLeaf,
): Promise<Group> {
  return typed(async () => {
    if (!suites.includes(suite) || groupId.length === 0 || groupId.length > 64) {
      throw new MlsError('refused', `a group of suite ${suite} with an id of ${groupId.length} bytes`)
    }
    const { publicPackage, privatePackage } = await generate(id, suite, 90)
    const cs = await implementation(suite)
    return wrap(await libraryCreateGroup(groupId.slice(), publicPackage, privatePackage, [], cs, config(check)))
  })
}

/** The GroupInfo that the server checks, and that others join by unless externalPub is false. */
export async function makeGroupInfo(state: ClientState, externalPub: boolean): Promise<Bytes> {
  const cs = await implementation(suite(wrap(state)))
  return encodeGroupInfo(externalPub
    ? await createGroupInfoWithExternalPubAndRatchetTree(state, [], cs)
    : await createGroupInfoWithRatchetTree(state.groupContext, state.confirmationTag, state, state.ratchetTree, [], cs))
}

/**
 * Adds and removes in one step; without either it renews this device's keys.
 * The given group stays as it was: when another commit wins, go on with it.
 */
export async function commit(
  group: Group, changes: Changes, check: CheckLeaf, options: CommitOptions = {},
): Promise<Commit> {
  return typed(async () => {
    const own = ownLeaf(group)
    const members = leaves(group)
    const add = (changes.add ?? []).map((bytes) => decodeKeyPackage(bytes))
    const remove = [...new Set(changes.remove ?? [])]
    if (remove.includes(own.leaf)) {
      throw new MlsError('refused', 'a device can not remove itself')
    }
    if (members.length - remove.length + add.length > maxLeaves) {
      throw new MlsError('refused', `more than ${maxLeaves} devices`)
    }
    const now = BigInt(Math.floor(Date.now() / 1000))
    for (const keyPackage of add) {
      checkAdded(keyPackage)
      if (keyPackage.leafNode.lifetime.notBefore > now + BigInt(clockSkew)) {
        throw new MlsError('refused', 'a key package from the future')
      }
    }
    const proposals: Proposal[] = [
      ...remove.map((removed): Proposal => ({ proposalType: 'remove', remove: { removed } })),
      ...add.map((keyPackage): Proposal => ({ proposalType: 'add', add: { keyPackage } })),
    ]
    const cs = await implementation(suite(group))
    const made = await createCommit({ state: client(group, check), cipherSuite: cs }, {
      wireAsPublicMessage: true, extraProposals: proposals, ratchetTreeExtension: true,
      authenticatedData: options.aad ?? new Uint8Array(),
    })
    checkTree(made.newState.ratchetTree)
    return {
      next: wrapSlim(made.newState),
      commit: encodeMlsMessage(made.commit),
      welcome: made.welcome ? encodeWelcome(made.welcome) : null,
      groupInfo: await makeGroupInfo(made.newState, options.externalPub ?? true),
    }
  })
}
