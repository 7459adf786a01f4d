// The official test vectors, a function for each kind: they run what our
// bundle holds, the library with our changes.
import assert from 'node:assert/strict'
import { decodeMlsMessage, encodeMlsMessage, getCiphersuiteImpl, joinGroup, makePskIndex, mlsExporter, processMessage,
  type CiphersuiteImpl, type ClientConfig, type ClientState } from 'ts-mls'
import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js'
import { defaultClientConfig } from 'ts-mls/clientConfig.js'
import { validateRatchetTree } from 'ts-mls/clientState.js'
import { determineLength } from 'ts-mls/codec/variableLength.js'
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js'
import { applyUpdatePathSecret } from 'ts-mls/createCommit.js'
import { getCiphersuiteFromId, getCiphersuiteNameFromId, type CiphersuiteId } from 'ts-mls/crypto/ciphersuite.js'
import { refhash } from 'ts-mls/crypto/hash.js'
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js'
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js'
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js'
import { createConfirmationTag } from 'ts-mls/framedContent.js'
import { encodeGroupContext, type GroupContext } from 'ts-mls/groupContext.js'
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js'
import { decodeGroupSecrets, encodeGroupSecrets } from 'ts-mls/groupSecrets.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { initializeEpoch } from 'ts-mls/keySchedule.js'
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js'
import { protectApplicationData, protectProposal, unprotectPrivateMessage } from 'ts-mls/messageProtection.js'
import { protectProposalPublic, unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { verifyParentHashes } from 'ts-mls/parentHash.js'
import { getCommitSecret } from 'ts-mls/pathSecrets.js'
import { toPrivateKeyPath } from 'ts-mls/privateKeyPath.js'
import * as proposals from 'ts-mls/proposal.js'
import { accumulatePskSecret } from 'ts-mls/pskIndex.js'
import { addLeafNode, decodeRatchetTree, encodeRatchetTree, removeLeafNode, resolution, updateLeafNode, type RatchetTree } from 'ts-mls/ratchetTree.js'
import { createSecretTree, deriveKey, deriveNonce, ratchetUntil } from 'ts-mls/secretTree.js'
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js'
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js'
import { treeHash, treeHashRoot } from 'ts-mls/treeHash.js'
import * as math from 'ts-mls/treemath.js'
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from 'ts-mls/updatePath.js'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'

// The files' own shapes.
type Case = any // eslint-disable-line

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const none = new Uint8Array()
const suite = (item: Case): Promise<CiphersuiteImpl> => getCiphersuiteImpl(getCiphersuiteFromId(item.cipher_suite as CiphersuiteId))

function whole<T>(decoded: [T, number] | undefined, length: number): T {
  assert.ok(decoded && decoded[1] === length)
  return decoded[0]
}

function tree(text: string): RatchetTree {
  return whole(decodeRatchetTree(bytes(text), 0), text.length / 2)
}

function context(item: Case, epoch: bigint, treeHash: Uint8Array, confirmed: Uint8Array): GroupContext {
  return {
    version: 'mls10', cipherSuite: getCiphersuiteNameFromId(item.cipher_suite), groupId: bytes(item.group_id), epoch, treeHash,
    confirmedTranscriptHash: confirmed, extensions: [],
  }
}

async function cryptoBasics(item: Case): Promise<void> {
  const cs = await suite(item)
  const { ref_hash: ref, expand_with_label: expand, derive_secret: derive, derive_tree_secret: deriveTree,
    sign_with_label: sign, encrypt_with_label: encrypt } = item
  assert.equal(hex(await refhash(ref.label, bytes(ref.value), cs.hash)), ref.out)
  assert.equal(hex(await expandWithLabel(bytes(expand.secret), expand.label, bytes(expand.context), expand.length, cs.kdf)), expand.out)
  assert.equal(hex(await deriveSecret(bytes(derive.secret), derive.label, cs.kdf)), derive.out)
  assert.equal(hex(await deriveTreeSecret(
    bytes(deriveTree.secret), deriveTree.label, deriveTree.generation, deriveTree.length, cs.kdf)), deriveTree.out)
  for (const signature of [bytes(sign.signature), await signWithLabel(bytes(sign.priv), sign.label, bytes(sign.content), cs.signature)]) {
    assert.ok(await verifyWithLabel(bytes(sign.pub), sign.label, bytes(sign.content), signature, cs.signature))
  }
  const key = await cs.hpke.importPrivateKey(bytes(encrypt.priv))
  const own = await encryptWithLabel(
    await cs.hpke.importPublicKey(bytes(encrypt.pub)), encrypt.label, bytes(encrypt.context), bytes(encrypt.plaintext), cs.hpke)
  for (const { enc, ct } of [{ enc: bytes(encrypt.kem_output), ct: bytes(encrypt.ciphertext) }, own]) {
    assert.equal(hex(await decryptWithLabel(key, encrypt.label, bytes(encrypt.context), enc, ct, cs.hpke)), encrypt.plaintext)
  }
}

async function deserialization(item: Case): Promise<void> {
  assert.equal(determineLength(bytes(item.vlbytes_header), 0).length, item.length)
}

async function keySchedule(item: Case): Promise<void> {
  const cs = await suite(item)
  let init: Uint8Array = bytes(item.initial_init_secret)
  for (const [i, epoch] of item.epochs.entries()) {
    const groupContext = context(item, BigInt(i), bytes(epoch.tree_hash), bytes(epoch.confirmed_transcript_hash))
    assert.equal(hex(encodeGroupContext(groupContext)), epoch.group_context)
    const made = await initializeEpoch(init, bytes(epoch.commit_secret), groupContext, bytes(epoch.psk_secret), cs.kdf)
    const { keySchedule } = made
    assert.deepEqual(
      [made.joinerSecret, made.welcomeSecret, made.encryptionSecret, keySchedule.initSecret, keySchedule.senderDataSecret,
        keySchedule.exporterSecret, keySchedule.epochAuthenticator, keySchedule.externalSecret, keySchedule.confirmationKey,
        keySchedule.membershipKey, keySchedule.resumptionPsk].map(hex),
      [epoch.joiner_secret, epoch.welcome_secret, epoch.encryption_secret, epoch.init_secret, epoch.sender_data_secret,
        epoch.exporter_secret, epoch.epoch_authenticator, epoch.external_secret, epoch.confirmation_key,
        epoch.membership_key, epoch.resumption_psk])
    const external = await cs.hpke.deriveKeyPair(keySchedule.externalSecret)
    assert.equal(hex(await cs.hpke.exportPublicKey(external.publicKey)), epoch.external_pub)
    const { label, context: about, length, secret } = epoch.exporter
    assert.equal(hex(await mlsExporter(keySchedule.exporterSecret, label, bytes(about), length, cs)), secret)
    init = keySchedule.initSecret
  }
}

async function messageProtection(item: Case): Promise<void> {
  const cs = await suite(item)
  const groupContext = context(item, BigInt(item.epoch), bytes(item.tree_hash), bytes(item.confirmed_transcript_hash))
  const [membership, senderData, pub, priv] =
    [item.membership_key, item.sender_data_secret, item.signature_pub, item.signature_priv].map(bytes)
  const secrets = await createSecretTree(2, bytes(item.encryption_secret), cs.kdf)
  const config = defaultClientConfig.keyRetentionConfig
  const padding = defaultClientConfig.paddingConfig
  // Only whether leaf 1 is a leaf is looked up; its key is given.
  const members = [undefined, undefined, { nodeType: 'leaf', leaf: {} }] as unknown as RatchetTree

  const publicly = async (message: Parameters<typeof unprotectPublicMessage>[3]) =>
    (await unprotectPublicMessage(membership!, groupContext, members, message, cs, pub)).content
  const privately = async (message: Parameters<typeof unprotectPrivateMessage>[1]) =>
    (await unprotectPrivateMessage(senderData!, message, secrets, members, groupContext, config, cs, pub)).content.content

  for (const kind of ['proposal', 'commit'] as const) {
    for (const form of [`${kind}_pub`, `${kind}_priv`]) {
      const message = decodeMlsMessage(bytes(item[form]), 0)![0]
      const content = message.wireformat === 'mls_public_message' ? await publicly(message.publicMessage)
        : await privately((message as { privateMessage: Parameters<typeof privately>[0] }).privateMessage)
      const again = content.contentType === 'proposal' ? proposals.encodeProposal(content.proposal)
        : content.contentType === 'commit' ? encodeCommit(content.commit) : none
      assert.equal(hex(again), item[kind])
    }
  }
  const application = decodeMlsMessage(bytes(item.application_priv), 0)![0]
  assert.ok(application.wireformat === 'mls_private_message')
  const content = await privately(application.privateMessage)
  assert.equal(content.contentType === 'application' && hex(content.applicationData), item.application)

  const proposal = whole(proposals.decodeProposal(bytes(item.proposal), 0), item.proposal.length / 2)
  const ownPublic = await protectProposalPublic(priv!, membership!, groupContext, none, proposal, 1, cs)
  assert.equal((await publicly(ownPublic.publicMessage)).contentType, 'proposal')
  const ownPrivate = await protectProposal(priv!, senderData!, proposal, none, groupContext, secrets, 1, padding, cs)
  assert.equal((await privately(ownPrivate.privateMessage)).contentType, 'proposal')
  const own = await protectApplicationData(
    priv!, senderData!, bytes(item.application), none, groupContext, secrets, 1, padding, cs)
  const read = await privately(own.privateMessage)
  assert.equal(read.contentType === 'application' && hex(read.applicationData), item.application)
}

async function messages(item: Case): Promise<void> {
  const plain = (name: string, again: Uint8Array) => assert.equal(hex(again), item[name], name)
  for (const name of ['mls_welcome', 'mls_group_info', 'mls_key_package', 'public_message_application', 'public_message_proposal',
    'public_message_commit', 'private_message']) {
    plain(name, encodeMlsMessage(whole(decodeMlsMessage(bytes(item[name]), 0), item[name].length / 2)))
  }
  plain('ratchet_tree', encodeRatchetTree(tree(item.ratchet_tree)))
  plain('commit', encodeCommit(whole(decodeCommit(bytes(item.commit), 0), item.commit.length / 2)))
  plain('group_secrets', encodeGroupSecrets(whole(decodeGroupSecrets(bytes(item.group_secrets), 0), item.group_secrets.length / 2)))
  const pairs: Record<string, [(b: Uint8Array, at: number) => [never, number] | undefined, (value: never) => Uint8Array]> = {
    add_proposal: [proposals.decodeAdd as never, proposals.encodeAdd as never],
    update_proposal: [proposals.decodeUpdate as never, proposals.encodeUpdate as never],
    remove_proposal: [proposals.decodeRemove as never, proposals.encodeRemove as never],
    pre_shared_key_proposal: [proposals.decodePSK as never, proposals.encodePSK as never],
    re_init_proposal: [proposals.decodeReinit as never, proposals.encodeReinit as never],
    external_init_proposal: [proposals.decodeExternalInit as never, proposals.encodeExternalInit as never],
    group_context_extensions_proposal: [proposals.decodeGroupContextExtensions as never, proposals.encodeGroupContextExtensions as never],
  }
  for (const [name, [decode, encode]] of Object.entries(pairs)) {
    plain(name, encode(whole(decode(bytes(item[name]), 0), item[name].length / 2)))
  }
}

async function passive(item: Case): Promise<void> {
  const cs = await suite(item)
  const keyPackage = decodeMlsMessage(bytes(item.key_package), 0)![0]
  const welcome = decodeMlsMessage(bytes(item.welcome), 0)![0]
  assert.ok(keyPackage.wireformat === 'mls_key_package' && welcome.wireformat === 'mls_welcome')
  const external = Object.fromEntries(item.external_psks.map((psk: Case) =>
    [Buffer.from(psk.psk_id, 'hex').toString('base64'), bytes(psk.psk)]))
  const config: ClientConfig = { ...defaultClientConfig }
  let state: ClientState = await joinGroup(
    welcome.welcome, keyPackage.keyPackage,
    { initPrivateKey: bytes(item.init_priv), hpkePrivateKey: bytes(item.encryption_priv), signaturePrivateKey: bytes(item.signature_priv) },
    makePskIndex(undefined, external), cs, item.ratchet_tree ? tree(item.ratchet_tree) : undefined, undefined, config)
  assert.equal(hex(state.keySchedule.epochAuthenticator), item.initial_epoch_authenticator)
  for (const epoch of item.epochs) {
    for (const text of [...epoch.proposals, epoch.commit]) {
      const message = decodeMlsMessage(bytes(text), 0)![0]
      assert.ok(message.wireformat === 'mls_public_message' || message.wireformat === 'mls_private_message')
      state = (await processMessage(message, state, makePskIndex(state, external), () => 'accept', cs)).newState
    }
    assert.equal(hex(state.keySchedule.epochAuthenticator), epoch.epoch_authenticator)
  }
}

async function pskSecret(item: Case): Promise<void> {
  const cs = await suite(item)
  const ids = item.psks.map((psk: Case) => ({ psktype: 'external' as const, pskId: bytes(psk.psk_id), pskNonce: bytes(psk.psk_nonce) }))
  const index = makePskIndex(undefined, Object.fromEntries(item.psks.map((psk: Case) =>
    [Buffer.from(psk.psk_id, 'hex').toString('base64'), bytes(psk.psk)])))
  const [secret] = await accumulatePskSecret(ids, index, cs, new Uint8Array(cs.kdf.size))
  assert.equal(hex(secret), item.psk_secret)
}

async function secretTree(item: Case): Promise<void> {
  const cs = await suite(item)
  const { sender_data: data } = item
  assert.equal(hex(await expandSenderDataKey(cs, bytes(data.sender_data_secret), bytes(data.ciphertext))), data.key)
  assert.equal(hex(await expandSenderDataNonce(cs, bytes(data.sender_data_secret), bytes(data.ciphertext))), data.nonce)
  const secrets = await createSecretTree(item.leaves.length, bytes(item.encryption_secret), cs.kdf)
  const config = defaultClientConfig.keyRetentionConfig
  for (const [leaf, generations] of item.leaves.entries()) {
    for (const generation of generations) {
      for (const kind of ['handshake', 'application'] as const) {
        const [{ secret }] = await ratchetUntil(secrets[leaf * 2]![kind], generation.generation, config, cs.kdf)
        assert.equal(hex(await deriveKey(secret, generation.generation, cs)), generation[`${kind}_key`])
        assert.equal(hex(await deriveNonce(secret, generation.generation, cs)), generation[`${kind}_nonce`])
      }
    }
  }
}

async function transcriptHashes(item: Case): Promise<void> {
  const cs = await suite(item)
  const { wireformat, content, auth } = whole(
    decodeAuthenticatedContent(bytes(item.authenticated_content), 0), item.authenticated_content.length / 2)
  assert.ok(content.contentType === 'commit' && auth.contentType === 'commit')
  const confirmed = await createConfirmedHash(
    bytes(item.interim_transcript_hash_before), { wireformat, content, signature: auth.signature }, cs.hash)
  assert.equal(hex(confirmed), item.confirmed_transcript_hash_after)
  assert.equal(hex(await createInterimHash(confirmed, auth.confirmationTag, cs.hash)), item.interim_transcript_hash_after)
  assert.deepEqual(await createConfirmationTag(bytes(item.confirmation_key), confirmed, cs.hash), auth.confirmationTag)
}

async function treeMath(item: Case): Promise<void> {
  const width = item.n_leaves
  assert.equal(math.nodeWidth(width), item.n_nodes)
  assert.equal(math.root(width), item.root)
  for (let node = 0; node < item.n_nodes; node++) {
    const index = math.toNodeIndex(node)
    if (item.left[node] !== null) {
      assert.equal(math.left(index), item.left[node])
      assert.equal(math.right(index), item.right[node])
    }
    if (item.parent[node] !== null) {
      assert.equal(math.parent(index, width), item.parent[node])
      assert.equal(math.sibling(index, width), item.sibling[node])
    }
  }
}

async function treeOperations(item: Case): Promise<void> {
  const cs = await suite(item)
  const before = tree(item.tree_before)
  assert.equal(hex(await treeHashRoot(before, cs.hash)), item.tree_hash_before)
  const proposal = whole(proposals.decodeProposal(bytes(item.proposal), 0), item.proposal.length / 2)
  const after = proposal.proposalType === 'add' ? addLeafNode(before, proposal.add.keyPackage.leafNode)[0]
    : proposal.proposalType === 'remove' ? removeLeafNode(before, math.toLeafIndex(proposal.remove.removed))
      : proposal.proposalType === 'update' ? updateLeafNode(before, proposal.update.leafNode, math.toLeafIndex(item.proposal_sender))
        : assert.fail('an unknown proposal')
  assert.equal(hex(encodeRatchetTree(after)), item.tree_after)
  assert.equal(hex(await treeHashRoot(after, cs.hash)), item.tree_hash_after)
}

async function treeValidation(item: Case): Promise<void> {
  const cs = await suite(item)
  const nodes = tree(item.tree)
  for (const [i, expected] of item.resolutions.entries()) {
    assert.deepEqual(resolution(nodes, math.toNodeIndex(i)), expected)
    assert.equal(hex(await treeHash(nodes, math.toNodeIndex(i), cs.hash)), item.tree_hashes[i])
  }
  assert.ok(await verifyParentHashes(nodes, cs.hash))
  for (const [i, node] of nodes.entries()) {
    if (node?.nodeType === 'leaf') {
      assert.ok(node.leaf.leafNodeSource === 'key_package' ? await verifyLeafNodeSignatureKeyPackage(node.leaf, cs.signature)
        : await verifyLeafNodeSignature(node.leaf, bytes(item.group_id), i / 2, cs.signature))
    }
  }
  const root = await treeHashRoot(nodes, cs.hash)
  const { lifetimeConfig, authService } = defaultClientConfig
  assert.equal(await validateRatchetTree(nodes, context(item, 0n, root, none), lifetimeConfig, authService, root, cs), undefined)
}

async function treekem(item: Case): Promise<void> {
  const cs = await suite(item)
  const nodes = tree(item.ratchet_tree)
  const keys = new Map<number, Awaited<ReturnType<typeof toPrivateKeyPath>>>()
  for (const leaf of item.leaves_private) {
    const path = await toPrivateKeyPath(
      Object.fromEntries(leaf.path_secrets.map((s: Case) => [s.node, bytes(s.path_secret)])), leaf.index, cs)
    keys.set(leaf.index, { ...path, privateKeys: { ...path.privateKeys, [leaf.index * 2]: bytes(leaf.encryption_priv) } })
  }
  const before = context(item, BigInt(item.epoch), await treeHashRoot(nodes, cs.hash), bytes(item.confirmed_transcript_hash))

  const follow = async (sender: number, path: Parameters<typeof applyUpdatePath>[2], secrets: (string | null)[] | undefined, commit: string) => {
    const after = await applyUpdatePath(nodes, math.toLeafIndex(sender), path, cs.hash)
    const hash = await treeHashRoot(after, cs.hash)
    for (const [leaf, own] of keys) {
      if (leaf === sender) {
        continue
      }
      const { nodeIndex, pathSecret } = await applyUpdatePathSecret(
        nodes, own, math.toLeafIndex(sender), { ...before, treeHash: hash }, path, [], cs)
      if (secrets) {
        assert.equal(hex(pathSecret), secrets[leaf])
      }
      assert.equal(hex(await getCommitSecret(after, nodeIndex, pathSecret, cs.kdf)), commit)
    }
    return hash
  }

  for (const update of item.update_paths) {
    const path = whole(decodeUpdatePath(bytes(update.update_path), 0), update.update_path.length / 2)
    assert.equal(hex(await follow(update.sender, path, update.path_secrets, update.commit_secret)), update.tree_hash_after)
    const signer = item.leaves_private.find((leaf: Case) => leaf.index === update.sender)
    // What we make says the next epoch itself, as a commit does.
    const [after, own, secrets] = await createUpdatePath(
      nodes, math.toLeafIndex(update.sender), { ...before, epoch: before.epoch - 1n }, bytes(signer.signature_priv), cs)
    const top = secrets[0]!
    const commit = await getCommitSecret(after, math.toNodeIndex(top.nodeIndex), top.secret, cs.kdf)
    await follow(update.sender, own, undefined, hex(commit))
  }
}

async function welcome(item: Case): Promise<void> {
  const cs = await suite(item)
  const keyPackage = decodeMlsMessage(bytes(item.key_package), 0)![0]
  const message = decodeMlsMessage(bytes(item.welcome), 0)![0]
  assert.ok(keyPackage.wireformat === 'mls_key_package' && message.wireformat === 'mls_welcome')
  const init = await cs.hpke.importPrivateKey(bytes(item.init_priv))
  const ref = await makeKeyPackageRef(keyPackage.keyPackage, cs.hash)
  const secrets = await decryptGroupSecrets(init, ref, message.welcome, cs.hpke)
  const zero = new Uint8Array(cs.kdf.size)
  const info = await decryptGroupInfo(message.welcome, secrets!.joinerSecret, zero, cs)
  assert.ok(await verifyGroupInfoSignature(info!, bytes(item.signer_pub), cs.signature))
  assert.ok(await verifyGroupInfoConfirmationTag(info!, secrets!.joinerSecret, zero, cs))
}

export const kinds: Record<string, (item: Case) => Promise<void>> = {
  'crypto-basics': cryptoBasics,
  deserialization,
  'key-schedule': keySchedule,
  'message-protection': messageProtection,
  messages,
  'passive-client-handling-commit': passive,
  'passive-client-random': passive,
  'passive-client-welcome': passive,
  psk_secret: pskSecret,
  'secret-tree': secretTree,
  'transcript-hashes': transcriptHashes,
  'tree-math': treeMath,
  'tree-operations': treeOperations,
  'tree-validation': treeValidation,
  treekem,
  welcome,
}

