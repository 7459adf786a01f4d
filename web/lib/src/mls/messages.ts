// Messages out and in.
import {
  createApplicationMessage, emptyPskIndex, encodeMlsMessage, processPrivateMessage, processPublicMessage,
  type ClientState, type PrivateMessage, type PublicMessage, type RatchetTree,
} from 'ts-mls'
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { config, implementation, maxPlaintext, padding } from './config.ts'
import { checkTree, decodeGroupMessage, same, treeLeaves } from './codec.ts'
import { carry, MlsError, typed } from './error.ts'
import { checkFixed, shape, type CommitShape } from './rules.ts'
import { client, findLeaf, inner, ownLeaf, sameLeaf, suite, wrap, wrapSlim } from './state.ts'
import type {
  Bytes, CheckLeaf, Group, Leaf, ProcessOptions, Received, ReceivedCommit, ReceivedMessage,
} from './types.ts'

/**
 * Encrypts to everyone in the group. Store `next` before `message` is sent: an
 * older state would use a key twice. The sender can't read it back: keep the text.
 */
export async function encrypt(group: Group, plaintext: Bytes, aad: Bytes): Promise<{ next: Group; message: Bytes }> {
  return typed(async () => {
    ownLeaf(group)
    if (plaintext.length > maxPlaintext) {
      throw new MlsError('refused', `a text of ${plaintext.length} bytes, at most ${maxPlaintext}`)
    }
    const cs = await implementation(suite(group))
    const state: ClientState = { ...inner(group), clientConfig: config(() => false, padding(plaintext.length)) }
    const made = await createApplicationMessage(state, plaintext, cs, aad)
    return {
      next: wrap(made.newState),
      message: encodeMlsMessage({
        version: 'mls10', wireformat: 'mls_private_message', privateMessage: made.privateMessage,
      }),
    }
  })
}

/** Takes what others sent, in the order of the conversation. Throws MlsError and changes nothing, or returns `next`. */
export async function process(
  group: Group, message: Bytes, check: CheckLeaf, options: ProcessOptions = {},
): Promise<Received> {
  return typed(async () => {
    ownLeaf(group)
    const decoded = decodeGroupMessage(message)
    const { groupContext } = inner(group)
    const head = 'content' in decoded ? decoded.content : decoded
    if (!same(head.groupId, groupContext.groupId)) {
      throw new MlsError('refused', 'a message of another group')
    }
    if (head.epoch > groupContext.epoch) {
      throw new MlsError('wrong_epoch', `a message of epoch ${head.epoch}, we are in ${groupContext.epoch}`)
    }
    return 'content' in decoded
      ? processCommit(group, decoded, check, options)
      : processApplication(group, decoded, check)
  })
}

async function processApplication(group: Group, message: PrivateMessage, check: CheckLeaf): Promise<ReceivedMessage> {
  const state = inner(group)
  const past = message.epoch === state.groupContext.epoch ? undefined : state.historicalReceiverData.get(message.epoch)
  if (message.epoch !== state.groupContext.epoch && !past) {
    throw new MlsError('epoch_too_old', `a message of epoch ${message.epoch}, whose keys are gone`)
  }
  const cs = await implementation(suite(group))
  const sender = await readSender(message, past?.senderDataSecret ?? state.keySchedule.senderDataSecret,
    past?.ratchetTree ?? state.ratchetTree, cs)
  if (sender.leaf === state.privatePath.leafIndex) {
    throw new MlsError('own', 'a message of this device: only its sender keeps the text')
  }
  // Whoever was removed since has no say any more, even in an old epoch.
  const now = treeLeaves(state.ratchetTree)
  if (past && !now.some((leaf) => sameLeaf(leaf, sender))) {
    throw new MlsError('unknown_member', 'a message of a former epoch by a device that was removed since')
  }
  // The library asks about leaves that come; one that was there when we joined may be in on the server's word alone.
  if (!carry(() => check(sender.account, sender.device, sender.signatureKey))) {
    throw new MlsError('refused', 'a message of a device that is not certified')
  }
  const result = await processPrivateMessage(client(group, check), message, emptyPskIndex, cs)
  if (result.kind !== 'applicationMessage') {
    throw new MlsError('refused', 'not an application message')
  }
  return {
    kind: 'message', plaintext: result.message, aad: message.authenticatedData, sender, epoch: message.epoch,
    next: wrap(result.newState),
  }
}

/** The library doesn't say who sent what it decrypted; its signature check is against this same leaf. */
async function readSender(
  message: PrivateMessage, secret: Bytes, tree: RatchetTree, cs: Parameters<typeof decryptSenderData>[2],
): Promise<Leaf> {
  const data = await decryptSenderData(message, secret, cs)
  if (!data) {
    throw new MlsError('undecryptable', "a message whose sender can't be read")
  }
  const found = treeLeaves(tree).find(({ leaf }) => leaf === data.leafIndex)
  if (!found) {
    throw new MlsError('unknown_member', `a message of leaf ${data.leafIndex}, which is blank`)
  }
  return found
}

async function processCommit(
  group: Group, message: PublicMessage, check: CheckLeaf, options: ProcessOptions,
): Promise<ReceivedCommit> {
  const state = inner(group)
  if (message.content.epoch < state.groupContext.epoch) {
    throw new MlsError('wrong_epoch', `a commit of epoch ${message.content.epoch}, which has passed`)
  }
  const own = ownLeaf(group)
  const before = treeLeaves(state.ratchetTree)
  const commit = shape(message, before)
  if (!commit.external && commit.committer.leaf === own.leaf) {
    throw new MlsError('own', 'a commit of this device: go on with the state that was stored with it')
  }
  if (options.fixed) {
    checkFixed(commit)
  }
  if (commit.removes.some(({ leaf }) => leaf === own.leaf)) {
    return leave(group, message, commit, check)
  }
  const cs = await implementation(suite(group))
  const result = await processPublicMessage(client(group, check), message, emptyPskIndex, cs)
  const after = checkTree(result.newState.ratchetTree)
  return {
    kind: 'commit',
    next: wrapSlim(result.newState),
    added: commit.adds.map((leaf) => placed(after, leaf.account, leaf.device)),
    removed: commit.removes,
    committer: commit.external ? placed(after, commit.committer.account, commit.committer.device) : commit.committer,
    external: commit.external,
    aad: message.content.authenticatedData,
    removedSelf: false,
  }
}

/**
 * The end of this device's membership, or of this state of it when it joined
 * again from elsewhere. The library misses it when the same commit gives the
 * leaf to somebody else, and can't see it in an external commit at all.
 */
async function leave(
  group: Group, message: PublicMessage, commit: CommitShape, check: CheckLeaf,
): Promise<ReceivedCommit> {
  const state = inner(group)
  const cs = await implementation(suite(group))
  await unprotectPublicMessage(state.keySchedule.membershipKey, state.groupContext, state.ratchetTree, message, cs)
  const { account, device, signatureKey } = commit.committer
  if (!carry(() => check(account, device, signatureKey))) {
    throw new MlsError('refused', 'a commit of a device that is not certified')
  }
  return {
    kind: 'commit',
    next: wrap({ ...state, groupActiveState: { kind: 'removedFromGroup' } }),
    added: [], removed: commit.removes, committer: commit.committer, external: commit.external,
    aad: message.content.authenticatedData, removedSelf: true,
  }
}

function placed(after: readonly Leaf[], account: string, device: string): Leaf {
  const found = findLeaf(after, account, device)
  if (!found) {
    throw new MlsError('refused', 'a commit that does not add whom it says')
  }
  return found
}
