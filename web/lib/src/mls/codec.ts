// Bytes to messages of the library and back, strictly: a message that is not
// written in its one form is refused before any key is used.
import {
  decodeMlsMessage, encodeMlsMessage, type GroupInfo, type KeyPackage as LibraryKeyPackage, type MLSMessage,
  type PrivateMessage, type PublicMessage, type RatchetTree, type Welcome,
} from 'ts-mls'
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { implementation, maxKeyPackage, maxLeaves, maxMessage, readCredential, suiteNumber } from './config.ts'
import { MlsError, typed } from './error.ts'
import type { Bytes, GroupInfoHead, KeyPackageHead, Leaf, MessageHead } from './types.ts'

export function same(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export function decode(bytes: Bytes, limit = maxMessage): MLSMessage {
  if (bytes.length === 0 || bytes.length > limit) {
    throw new MlsError('malformed', `a message of ${bytes.length} bytes`)
  }
  let decoded: [MLSMessage, number] | undefined
  try {
    // Copied: what the library keeps must not change under it.
    decoded = decodeMlsMessage(bytes.slice(), 0)
  } catch (error) {
    throw new MlsError('malformed', 'not an MLS message', { cause: error })
  }
  if (!decoded || decoded[1] !== bytes.length || !same(encodeMlsMessage(decoded[0]), bytes)) {
    throw new MlsError('malformed', 'not an MLS message in its one form')
  }
  return decoded[0]
}

export function decodeWelcome(bytes: Bytes): Welcome {
  const message = decode(bytes)
  if (message.wireformat !== 'mls_welcome') {
    throw new MlsError('malformed', `a ${message.wireformat} where a Welcome is due`)
  }
  return message.welcome
}

export function decodeGroupInfo(bytes: Bytes): GroupInfo {
  const message = decode(bytes)
  if (message.wireformat !== 'mls_group_info') {
    throw new MlsError('malformed', `a ${message.wireformat} where a GroupInfo is due`)
  }
  return message.groupInfo
}

export function decodeKeyPackage(bytes: Bytes): LibraryKeyPackage {
  const message = decode(bytes, maxKeyPackage)
  if (message.wireformat !== 'mls_key_package') {
    throw new MlsError('malformed', `a ${message.wireformat} where a key package is due`)
  }
  return message.keyPackage
}

/** Handshakes travel in the clear, applications encrypted, nothing else at all. */
export function decodeGroupMessage(bytes: Bytes): PublicMessage | PrivateMessage {
  const message = decode(bytes)
  switch (message.wireformat) {
    case 'mls_public_message':
      if (message.publicMessage.content.contentType !== 'commit') {
        throw new MlsError('refused', `a public ${message.publicMessage.content.contentType}`)
      }
      return message.publicMessage
    case 'mls_private_message':
      if (message.privateMessage.contentType !== 'application') {
        throw new MlsError('refused', `a private ${message.privateMessage.contentType}`)
      }
      return message.privateMessage
    default:
      throw new MlsError('malformed', `a ${message.wireformat} where a message is due`)
  }
}

export function encodeWelcome(welcome: Welcome): Bytes {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome })
}

export function encodeGroupInfo(groupInfo: GroupInfo): Bytes {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })
}

export function encodeKeyPackage(keyPackage: LibraryKeyPackage): Bytes {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage })
}

/**
 * A tree after a commit: the library does not compare the keys of a leaf that
 * comes in with those that are there (RFC 9420 7.3), so that one with a double
 * would keep out every later newcomer.
 */
export function checkTree(tree: RatchetTree): Leaf[] {
  const leaves = treeLeaves(tree)
  const keys = new Set<string>()
  for (const node of tree) {
    if (node) {
      const key = String(node.nodeType === 'leaf' ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey)
      if (keys.has(key)) {
        throw new MlsError('refused', 'two nodes have one encryption key')
      }
      keys.add(key)
    }
  }
  if (new Set(leaves.map(({ signatureKey }) => String(signatureKey))).size !== leaves.length) {
    throw new MlsError('refused', 'two leaves have one signature key')
  }
  return leaves
}

/** The members of a tree; no two leaves may be one device. */
export function treeLeaves(tree: RatchetTree): Leaf[] {
  const leaves: Leaf[] = []
  const devices = new Set<string>()
  for (let index = 0; index < tree.length; index += 2) {
    const node = tree[index]
    if (node?.nodeType !== 'leaf') {
      continue
    }
    const { account, device } = readCredential(node.leaf.credential)
    if (devices.has(device)) {
      throw new MlsError('refused', 'a device has two leaves')
    }
    devices.add(device)
    leaves.push({ leaf: index / 2, account, device, signatureKey: node.leaf.signaturePublicKey })
  }
  if (leaves.length > maxLeaves) {
    throw new MlsError('refused', `${leaves.length} leaves, at most ${maxLeaves}`)
  }
  return leaves
}

export function groupInfoTree(groupInfo: GroupInfo): RatchetTree {
  const tree = ratchetTreeFromExtension(groupInfo)
  if (!tree) {
    throw new MlsError('refused', 'a GroupInfo without its tree')
  }
  return tree
}

/** We offer no extension of groups: one that is there was not made by us. */
export function checkGroupInfo(groupInfo: GroupInfo): GroupInfoHead {
  const { groupContext, signer } = groupInfo
  if (groupContext.extensions.length > 0) {
    throw new MlsError('refused', 'a group with extensions')
  }
  const leaves = treeLeaves(groupInfoTree(groupInfo))
  if (!leaves.some(({ leaf }) => leaf === signer)) {
    throw new MlsError('unknown_member', 'a GroupInfo signed by nobody')
  }
  return {
    groupId: groupContext.groupId, epoch: groupContext.epoch, suite: suiteNumber(groupContext.cipherSuite),
    signer, leaves,
  }
}

/** What a message says of itself; nothing of it is verified. */
export function readHead(bytes: Bytes): MessageHead {
  const message = decode(bytes)
  switch (message.wireformat) {
    case 'mls_public_message': {
      const { contentType, groupId, epoch } = message.publicMessage.content
      if (contentType !== 'commit') {
        throw new MlsError('refused', `a public ${contentType}`)
      }
      return { kind: 'commit', groupId, epoch }
    }
    case 'mls_private_message': {
      const { contentType, groupId, epoch } = message.privateMessage
      if (contentType !== 'application') {
        throw new MlsError('refused', `a private ${contentType}`)
      }
      return { kind: 'message', groupId, epoch }
    }
    case 'mls_group_info': {
      const { groupId, epoch } = message.groupInfo.groupContext
      return { kind: 'group_info', groupId, epoch }
    }
    case 'mls_welcome':
      return { kind: 'welcome', groupId: null, epoch: null }
    case 'mls_key_package':
      return { kind: 'key_package', groupId: null, epoch: null }
  }
}

/** Who is in a group, as a GroupInfo says; nothing of it is verified. */
export async function readGroupInfo(bytes: Bytes): Promise<GroupInfoHead> {
  return typed(() => checkGroupInfo(decodeGroupInfo(bytes)))
}

export async function readKeyPackage(bytes: Bytes): Promise<KeyPackageHead> {
  return typed(async () => {
    const keyPackage = decodeKeyPackage(bytes)
    const { leafNode } = keyPackage
    const suite = suiteNumber(keyPackage.cipherSuite)
    const { hash } = await implementation(suite)
    return {
      ref: await makeKeyPackageRef(keyPackage, hash),
      suite,
      ...readCredential(leafNode.credential),
      signatureKey: leafNode.signaturePublicKey,
      notBefore: Number(leafNode.lifetime.notBefore),
      notAfter: Number(leafNode.lifetime.notAfter),
    }
  })
}

/** The key packages that a Welcome is for. */
export function welcomeRefs(bytes: Bytes): Bytes[] {
  return decodeWelcome(bytes).secrets.map((secret) => secret.newMember)
}
