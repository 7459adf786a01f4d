// The types of this room's door. Nothing here comes from the MLS library, so
// that it can be exchanged.

export type Bytes = Uint8Array

/** Who this device is: the two UUIDs (lower case) and its Ed25519 key. */
export interface DeviceIdentity {
  account: string
  device: string
  signaturePublic: Bytes
  signaturePrivate: Bytes
}

/** A member of a group is a device; its leaf is its place in the tree. */
export interface Leaf {
  leaf: number
  account: string
  device: string
  signatureKey: Bytes
}

/**
 * Says whether a device's signature key is certified under the account's
 * pinned key. It is asked about every leaf before a state is accepted.
 */
export type CheckLeaf = (account: string, device: string, signatureKey: Bytes) => boolean

declare const opaque: unique symbol

/** A group's state. Immutable: every step returns a new one. */
export interface Group {
  readonly [opaque]: true
}

export interface KeyPackage {
  ref: Bytes
  /** the MLSMessage to upload */
  message: Bytes
  /** to be stored sealed, deleted once its Welcome is taken (unless lastResort) */
  secret: Bytes
}

export interface StoredKeyPackage {
  message: Bytes
  secret: Bytes
}

export interface Changes {
  /** MLSMessages of key packages */
  add?: readonly Bytes[]
  /** leaf numbers */
  remove?: readonly number[]
}

export interface CommitOptions {
  aad?: Bytes
  /** Without it nobody can join by external commit: for private groups. */
  externalPub?: boolean
}

/** Store `next` before `commit` is uploaded; go on with it once it is accepted. */
export interface Commit {
  next: Group
  commit: Bytes
  welcome: Bytes | null
  groupInfo: Bytes
}

export interface ProcessOptions {
  /** A private group: refuse every commit that changes who is in it. */
  fixed?: boolean
}

export interface ReceivedMessage {
  kind: 'message'
  plaintext: Bytes
  aad: Bytes
  sender: Leaf
  epoch: bigint
  next: Group
}

export interface ReceivedCommit {
  kind: 'commit'
  next: Group
  added: Leaf[]
  removed: Leaf[]
  committer: Leaf
  external: boolean
  aad: Bytes
  /** This device is out (then `added` is empty), or its newer self replaced this state. */
  removedSelf: boolean
}

export type Received = ReceivedMessage | ReceivedCommit

/** What a message says of itself, before any key is used. */
export interface MessageHead {
  kind: 'message' | 'commit' | 'welcome' | 'group_info' | 'key_package'
  groupId: Bytes | null
  epoch: bigint | null
}

export interface GroupInfoHead {
  groupId: Bytes
  epoch: bigint
  suite: number
  signer: number
  leaves: Leaf[]
}

export interface KeyPackageHead {
  ref: Bytes
  suite: number
  account: string
  device: string
  signatureKey: Bytes
  /** seconds since 1970 */
  notBefore: number
  notAfter: number
}

export type MlsReason =
  | 'epoch_too_old' // its keys are gone: the message is lost
  | 'replayed' // this message was read already, or its key was given up
  | 'wrong_epoch' // of an epoch that this state has not reached, or a stale commit
  | 'own' // sent by this very device: it kept the text, or the state, itself
  | 'unknown_member' // no such leaf, own leaf gone, or a Welcome for somebody else
  | 'bad_signature'
  | 'undecryptable'
  | 'malformed'
  | 'refused' // well formed, but against our rules (see the message)
