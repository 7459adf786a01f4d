// Devices that speak MLS, for suites: one JSON command a line on stdin, one JSON
// answer a line on stdout. Bytes are base64url. See Groups.pm for the commands.
import { createInterface } from 'node:readline'
import {
  createApplicationMessage, createCommit, createGroup, createGroupInfoWithExternalPubAndRatchetTree, createProposal,
  decodeMlsMessage, emptyPskIndex, encodeMlsMessage, generateKeyPackageWithKey, getCiphersuiteFromName,
  getCiphersuiteImpl, joinGroup, joinGroupExternal, makePskIndex, processPrivateMessage, processPublicMessage,
} from 'ts-mls'
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'

const names = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
}
const suites = new Map()
const devices = new Map() // id → { account, device, keys, packages }
const groups = new Map() // handle → { id, state, suite }
let handles = 0

const b64 = (bytes) => Buffer.from(bytes).toString('base64url')
const unb64 = (text) => new Uint8Array(Buffer.from(text, 'base64url'))
const text = (value) => new TextEncoder().encode(value)

async function suite(number) {
  if (!suites.has(number)) {
    suites.set(number, await getCiphersuiteImpl(getCiphersuiteFromName(names[number])))
  }
  return suites.get(number)
}

const config = {
  keyRetentionConfig: { retainKeysForGenerations: 64, retainKeysForEpochs: 4, maximumForwardRatchetSteps: 5000 },
  lifetimeConfig: { maximumTotalLifetime: 9000000n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (a, b) => b64(a.leafNode.credential.identity) === b64(b.leafNode.credential.identity),
    compareKeyPackageToLeafNode: (a, b) => b64(a.leafNode.credential.identity) === b64(b.credential.identity),
  },
  paddingConfig: { kind: 'padUntilLength', padUntilLength: 256 },
  authService: { validateCredential: async () => true },
}

function keep(id, state, number) {
  const group = `g${++handles}`
  groups.set(group, { id, state, suite: number })
  return group
}

function message(bytes) {
  const found = decodeMlsMessage(bytes, 0)
  if (!found || found[1] !== bytes.length) {
    throw new Error('not an MLSMessage')
  }
  return found[0]
}

async function generate(id, number, { identity, days = 30, from = -3600, keys } = {}) {
  const device = devices.get(id)
  const start = Math.floor(Date.now() / 1000) + from
  const cs = await suite(number)
  return generateKeyPackageWithKey(
    { credentialType: 'basic', identity: text(identity ?? `${device.account}/${device.device}`) },
    { versions: ['mls10'], ciphersuites: [cs.name], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: BigInt(start), notAfter: BigInt(start + days * 86400) },
    [], keys ?? device.keys, cs)
}

async function groupInfo(state, cs, external = true) {
  const info = external
    ? await createGroupInfoWithExternalPubAndRatchetTree(state, [], cs)
    : await createGroupInfoWithRatchetTree(state.groupContext, state.confirmationTag, state, state.ratchetTree, [], cs)
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo: info })
}

function keyPackages(list) {
  return (list ?? []).map((bytes) => ({ proposalType: 'add', add: { keyPackage: message(unb64(bytes)).keyPackage } }))
}

// What a client must never send; the server sees no secrets, so that tags may stay as they are.
const broken = {
  no_path: (commit) => { commit.path = undefined },
  reference: (commit) => { commit.proposals.push({ proposalOrRefType: 'reference', reference: new Uint8Array(32) }) },
  context: (commit) => { commit.proposals.push(inline({ proposalType: 'group_context_extensions',
    groupContextExtensions: { extensions: [] } })) },
  psk: (commit) => { commit.proposals.push(inline({ proposalType: 'psk', psk: { preSharedKeyId: {
    psktype: 'external', pskId: text('psk'), pskNonce: new Uint8Array(32) } } })) },
  update: (commit) => { commit.proposals.push(inline({ proposalType: 'update',
    update: { leafNode: { ...commit.path.leafNode, leafNodeSource: 'update' } } })) },
  external_init: (commit) => { commit.proposals.push(inline({ proposalType: 'external_init',
    externalInit: { kemOutput: new Uint8Array(32) } })) },
  path_signature: (commit) => { commit.path.leafNode.signature[5] ^= 1 },
}
const inline = (proposal) => ({ proposalOrRefType: 'proposal', proposal })

function breakCommit(bytes, how) {
  const m = message(bytes)
  const { content } = m.publicMessage
  const [name, value] = how.split('=')
  if (name === 'epoch') {
    content.epoch = BigInt(value)
  } else if (name === 'group_id') {
    content.groupId = unb64(value)
  } else if (name === 'sender') {
    content.sender = { senderType: 'member', leafIndex: Number(value) }
  } else if (name === 'add') {
    content.commit.proposals.push(inline(keyPackages([value])[0]))
  } else if (name === 'remove') {
    content.commit.proposals.push(inline({ proposalType: 'remove', remove: { removed: Number(value) } }))
  } else if (name in broken) {
    broken[name](content.commit)
  } else {
    throw new Error(`no such fault: ${name}`)
  }
  return encodeMlsMessage(m)
}

const commands = {
  async device({ id, account, device, seed }) {
    const cs = await suite(1)
    const keys = await cs.signature.keygen()
    devices.set(id, { account, device, seed, keys: { signKey: keys.signKey, publicKey: keys.publicKey },
      packages: new Map() })
    return { signature_key: b64(keys.publicKey) }
  },

  async key_package({ id, suite: number = 1, ...options }) {
    const cs = await suite(number)
    const { publicPackage, privatePackage } = await generate(id, number, options)
    const ref = b64(await makeKeyPackageRef(publicPackage, cs.hash))
    const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage })
    devices.get(id).packages.set(ref, { publicPackage, privatePackage, number })
    return { key_package: b64(bytes), ref }
  },

  async create({ id, group_id, suite: number = 1 }) {
    const { publicPackage, privatePackage } = await generate(id, number)
    const cs = await suite(number)
    const state = await createGroup(unb64(group_id), publicPackage, privatePackage, [], cs, config)
    return { group: keep(id, state, number) }
  },

  // add: key packages; remove: leaves; fault: see broken; external_pub: false leaves it out
  async commit({ group, add, remove, fault, external_pub = true }) {
    const { id, state, suite: number } = groups.get(group)
    const cs = await suite(number)
    const made = await createCommit({ state, cipherSuite: cs }, {
      wireAsPublicMessage: true, ratchetTreeExtension: true,
      extraProposals: [...(remove ?? []).map((removed) => ({ proposalType: 'remove', remove: { removed } })),
        ...keyPackages(add)],
    })
    let bytes = encodeMlsMessage(made.commit)
    if (fault) {
      bytes = breakCommit(bytes, fault)
    }
    return {
      commit: b64(bytes),
      welcome: made.welcome
        ? b64(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome })) : '',
      group_info: b64(await groupInfo(made.newState, cs, external_pub)),
      next: keep(id, made.newState, number),
    }
  },

  // a commit that was made, broken then
  async refault({ commit, fault }) {
    return { commit: b64(breakCommit(unb64(commit), fault)) }
  },

  // the GroupInfo of a state, rightly signed, with the confirmation tag of some commit
  async group_info({ group, tag_of }) {
    const { state, suite: number } = groups.get(group)
    const { confirmationTag } = message(unb64(tag_of)).publicMessage.auth
    return { group_info: b64(await groupInfo({ ...state, confirmationTag }, await suite(number))) }
  },

  // a GroupInfo with its signature broken
  async break_group_info({ group_info }) {
    const m = message(unb64(group_info))
    m.groupInfo.signature[7] ^= 1
    return { group_info: b64(encodeMlsMessage(m)) }
  },

  async join({ id, welcome }) {
    const { welcome: opened } = message(unb64(welcome))
    const { packages } = devices.get(id)
    for (const { newMember } of opened.secrets) {
      const held = packages.get(b64(newMember))
      if (held) {
        const cs = await suite(held.number)
        const state = await joinGroup(opened, held.publicPackage, held.privatePackage, makePskIndex(undefined, {}), cs,
          undefined, undefined, config)
        return { group: keep(id, state, held.number) }
      }
    }
    throw new Error('a Welcome for others')
  },

  async external({ id, group_info, resync = false, suite: number = 1, fault }) {
    const info = message(unb64(group_info)).groupInfo
    const { publicPackage, privatePackage } = await generate(id, number)
    const cs = await suite(number)
    const made = await joinGroupExternal(info, publicPackage, privatePackage, resync, cs, undefined, config)
    let bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message',
      publicMessage: made.publicMessage })
    if (fault) {
      bytes = breakCommit(bytes, fault)
    }
    return { commit: b64(bytes), welcome: '', group_info: b64(await groupInfo(made.newState, cs)),
      next: keep(id, made.newState, number) }
  },

  async encrypt({ group, text: plain }) {
    const held = groups.get(group)
    const made = await createApplicationMessage(held.state, text(plain), await suite(held.suite))
    held.state = made.newState
    return { message: b64(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message',
      privateMessage: made.privateMessage })), epoch: Number(held.state.groupContext.epoch) }
  },

  // a PrivateMessage that is a proposal
  async private_proposal({ group }) {
    const held = groups.get(group)
    const made = await createProposal(held.state, false,
      { proposalType: 'remove', remove: { removed: 1 } }, await suite(held.suite))
    return { message: b64(encodeMlsMessage(made.message)), epoch: Number(held.state.groupContext.epoch) }
  },

  // what others sent, in order: text, or the epoch that a commit led to
  async process({ group, message: bytes }) {
    const held = groups.get(group)
    const cs = await suite(held.suite)
    const m = message(unb64(bytes))
    if (m.wireformat === 'mls_public_message') {
      const done = await processPublicMessage(held.state, m.publicMessage, emptyPskIndex, cs)
      held.state = done.newState
      return { epoch: Number(held.state.groupContext.epoch),
        removed: held.state.groupActiveState.kind === 'removedFromGroup' }
    }
    const done = await processPrivateMessage(held.state, m.privateMessage, emptyPskIndex, cs)
    held.state = done.newState
    return { text: done.kind === 'applicationMessage' ? new TextDecoder().decode(done.message) : null }
  },

  async info({ group }) {
    const { state } = groups.get(group)
    return { epoch: Number(state.groupContext.epoch), group_id: b64(state.groupContext.groupId),
      leaf: state.privatePath.leafIndex,
      leaves: state.ratchetTree.filter((n) => n?.nodeType === 'leaf').length }
  },
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { command, ...params } = JSON.parse(line)
  queue = queue.then(() => commands[command](params))
    .then((answer) => answer, (error) => ({ error: String(error?.message ?? error) }))
    .then((answer) => process.stdout.write(JSON.stringify(answer) + '\n'))
}).on('close', () => { queue.then(() => process.exit(0)) })
let queue = Promise.resolve()
