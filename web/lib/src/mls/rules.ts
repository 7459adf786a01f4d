// Which commits we make and take: adds and removes inside the commit, or an
// external commit that brings in one device. Everything else is refused, some
// of it because the library does it wrong (see docs/e2ee.md).
import type { Proposal, PublicMessage } from 'ts-mls'
import { readCredential } from './config.ts'
import { same } from './codec.ts'
import { MlsError } from './error.ts'
import { checkAdded } from './keys.ts'
import { findLeaf } from './state.ts'
import type { Leaf } from './types.ts'

export interface CommitShape {
  external: boolean
  /** who commits: the leaf as it is before, for an external one with leaf -1 */
  committer: Leaf
  adds: { account: string; device: string; signatureKey: Uint8Array }[]
  removes: Leaf[]
}

function inlineProposals(message: PublicMessage): Proposal[] {
  if (message.content.contentType !== 'commit') {
    throw new MlsError('refused', `a public ${message.content.contentType}`)
  }
  return message.content.commit.proposals.map((item) => {
    if (item.proposalOrRefType !== 'proposal') {
      throw new MlsError('refused', 'a commit with a proposal by reference')
    }
    return item.proposal
  })
}

/** Judges a commit by its bytes and the members before it. */
export function shape(message: PublicMessage, members: readonly Leaf[]): CommitShape {
  const proposals = inlineProposals(message)
  const { content } = message
  if (content.contentType !== 'commit') {
    throw new MlsError('refused', 'not a commit')
  }
  const adds: CommitShape['adds'] = []
  const removes: Leaf[] = []
  let inits = 0
  for (const proposal of proposals) {
    switch (proposal.proposalType) {
      case 'add': {
        const { keyPackage } = proposal.add
        checkAdded(keyPackage)
        const { credential, signaturePublicKey } = keyPackage.leafNode
        adds.push({ ...readCredential(credential), signatureKey: signaturePublicKey })
        break
      }
      case 'remove': {
        const found = members.find(({ leaf }) => leaf === proposal.remove.removed)
        if (!found) {
          throw new MlsError('unknown_member', `a Remove of leaf ${proposal.remove.removed}, which is blank`)
        }
        removes.push(found)
        break
      }
      case 'external_init':
        inits++
        break
      default:
        throw new MlsError('refused', `a commit with a proposal ${proposal.proposalType}`)
    }
  }

  const path = content.commit.path?.leafNode
  if (!path && (removes.length > 0 || adds.length === 0)) {
    throw new MlsError('refused', 'a commit without the path that it needs')
  }
  if (content.sender.senderType === 'member') {
    const index = content.sender.leafIndex
    const committer = members.find(({ leaf }) => leaf === index)
    if (!committer) {
      throw new MlsError('unknown_member', `a commit by leaf ${index}, which is blank`)
    }
    if (inits > 0) {
      throw new MlsError('refused', 'an external_init by a member')
    }
    if (path && !isDevice(path, committer)) {
      throw new MlsError('refused', 'a commit that changes who its sender is')
    }
    return { external: false, committer, adds, removes }
  }
  if (content.sender.senderType !== 'new_member_commit' || inits !== 1 || !path || adds.length > 0) {
    throw new MlsError('refused', 'not a commit of a member nor an external one')
  }
  const committer = { leaf: -1, ...readCredential(path.credential), signatureKey: path.signaturePublicKey }
  const old = findLeaf(members, committer.account, committer.device)
  if (removes.length > 1 || removes[0] !== old) {
    throw new MlsError('refused', 'an external commit removes the old leaf of its device, and only that')
  }
  return { external: true, committer, adds, removes }
}

function isDevice(
  leaf: { credential: Parameters<typeof readCredential>[0]; signaturePublicKey: Uint8Array }, member: Leaf,
): boolean {
  const { account, device } = readCredential(leaf.credential)
  return account === member.account && device === member.device && same(leaf.signaturePublicKey, member.signatureKey)
}

/** A private group's two leaves stay as they are. */
export function checkFixed(shape: CommitShape): void {
  if (shape.external || shape.adds.length > 0 || shape.removes.length > 0) {
    throw new MlsError('refused', 'a commit that changes the members of a private group')
  }
}
