// A group's state: opaque outside, the library's inside.
import { decodeGroupState, encodeGroupState, type ClientState, type GroupState } from 'ts-mls'
import { config, maxState, suiteNumber } from './config.ts'
import { same, treeLeaves } from './codec.ts'
import { MlsError } from './error.ts'
import type { Bytes, CheckLeaf, Group, Leaf } from './types.ts'

const version = 1

class State {
  constructor(readonly inner: GroupState) {}
}

export function wrap(state: GroupState | ClientState): Group {
  const { clientConfig: _, ...inner } = { clientConfig: undefined, ...state }
  return new State(inner) as unknown as Group
}

const nothing = { secret: new Uint8Array(), generation: 0, unusedGenerations: {} }
const noRatchets = { handshake: nothing, application: nothing }

/**
 * After a commit: former epochs keep what reading late messages needs, which
 * is their leaves. The library keeps whole trees, with ratchets for parents
 * too, that nobody uses; states are a fifth smaller without.
 */
export function wrapSlim(state: ClientState): Group {
  const history = new Map([...state.historicalReceiverData].map(([epoch, data]) => [epoch, {
    ...data,
    ratchetTree: data.ratchetTree.map((node) => (node?.nodeType === 'leaf' ? node : undefined)),
    secretTree: data.secretTree.map((node, index) => (index % 2 === 0 ? node : noRatchets)),
  }]))
  const secretTree = state.secretTree.map((node, index) => (index % 2 === 0 ? node : noRatchets))
  return wrap({ ...state, secretTree, historicalReceiverData: history })
}

export function inner(group: Group): GroupState {
  if (!((group as unknown) instanceof State)) {
    throw new MlsError('malformed', 'not a group')
  }
  return (group as unknown as State).inner
}

/** The state with what the library asks back; only for one step. */
export function client(group: Group, check: CheckLeaf): ClientState {
  return { ...inner(group), clientConfig: config(check) }
}

/** The bytes hold secrets: seal them, and never go back to older ones. */
export function saveGroup(group: Group): Bytes {
  const state = encodeGroupState(inner(group))
  const bytes = new Uint8Array(1 + state.length)
  bytes[0] = version
  bytes.set(state, 1)
  state.fill(0)
  return bytes
}

export function loadGroup(bytes: Bytes): Group {
  if (bytes[0] !== version || bytes.length > maxState) {
    throw new MlsError('malformed', 'not a saved group')
  }
  let decoded: [GroupState, number] | undefined
  try {
    decoded = decodeGroupState(bytes.slice(1), 0)
  } catch (error) {
    throw new MlsError('malformed', 'not a saved group', { cause: error })
  }
  if (!decoded || decoded[1] !== bytes.length - 1) {
    throw new MlsError('malformed', 'not a saved group')
  }
  return wrap(decoded[0])
}

export function epoch(group: Group): bigint {
  return inner(group).groupContext.epoch
}

export function groupId(group: Group): Bytes {
  return inner(group).groupContext.groupId.slice()
}

export function suite(group: Group): number {
  return suiteNumber(inner(group).groupContext.cipherSuite)
}

export function leaves(group: Group): Leaf[] {
  return treeLeaves(inner(group).ratchetTree)
}

/** Throws unknown_member once this device was removed. */
export function ownLeaf(group: Group): Leaf {
  const state = inner(group)
  const found = leaves(group).find(({ leaf }) => leaf === state.privatePath.leafIndex)
  if (!found || state.groupActiveState.kind !== 'active') {
    throw new MlsError('unknown_member', 'this device is not in the group any more')
  }
  return found
}

/** Equal for all who are in the same epoch of the same group: a second check. */
export function epochAuthenticator(group: Group): Bytes {
  return inner(group).keySchedule.epochAuthenticator.slice()
}

export function findLeaf(members: readonly Leaf[], account: string, device: string): Leaf | undefined {
  return members.find((leaf) => leaf.account === account && leaf.device === device)
}

export function sameLeaf(a: Leaf, b: Leaf): boolean {
  return a.account === b.account && a.device === b.device && same(a.signatureKey, b.signatureKey)
}
