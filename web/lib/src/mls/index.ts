// MLS for the rest of the client: the only room that knows the library.
import type {
  Bytes, Changes, CheckLeaf, Commit, CommitOptions, DeviceIdentity, Group, GroupInfoHead, KeyPackage, KeyPackageHead,
  Leaf, MessageHead, MlsReason, ProcessOptions, Received, StoredKeyPackage,
} from './types.ts'

export type * from './types.ts'

export declare const suites: readonly number[]
export declare const maxLeaves: number
export declare const maxLifetimeDays: number

export declare class MlsError extends Error {
  readonly reason: MlsReason
  constructor(reason: MlsReason, message: string)
}

export declare function makeKeyPackage(
  id: DeviceIdentity, suite: number, options?: { lastResort?: boolean; lifetimeDays?: number },
): Promise<KeyPackage>
export declare function createGroup(id: DeviceIdentity, groupId: Bytes, suite: number, check: CheckLeaf): Promise<Group>
export declare function commit(group: Group, changes: Changes, check: CheckLeaf, options?: CommitOptions): Promise<Commit>
export declare function joinByWelcome(
  id: DeviceIdentity, welcome: Bytes, held: readonly StoredKeyPackage[], check: CheckLeaf,
): Promise<{ group: Group; usedRef: Bytes }>
export declare function joinExternal(
  id: DeviceIdentity, groupInfo: Bytes, check: CheckLeaf, options: { resync: boolean; aad?: Bytes },
): Promise<{ next: Group; commit: Bytes; groupInfo: Bytes }>
export declare function encrypt(group: Group, plaintext: Bytes, aad: Bytes): Promise<{ next: Group; message: Bytes }>
export declare function process(
  group: Group, message: Bytes, check: CheckLeaf, options?: ProcessOptions,
): Promise<Received>

export declare function saveGroup(group: Group): Bytes
export declare function loadGroup(bytes: Bytes): Group
export declare function epoch(group: Group): bigint
export declare function groupId(group: Group): Bytes
export declare function suite(group: Group): number
export declare function leaves(group: Group): Leaf[]
export declare function ownLeaf(group: Group): Leaf
export declare function epochAuthenticator(group: Group): Bytes

/** The accounts to look up before `check` can answer: heads need no key. */
export declare function readHead(message: Bytes): MessageHead
export declare function readGroupInfo(groupInfo: Bytes): GroupInfoHead
export declare function readKeyPackage(message: Bytes): Promise<KeyPackageHead>
export declare function welcomeRefs(welcome: Bytes): Bytes[]
