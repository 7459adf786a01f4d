// Our side: the library as we bundle it. Not the wrapper: Wire's client has
// identities of its own form, which the wrapper refuses.
import {
  createApplicationMessage, createCommit, createGroup, createGroupInfoWithExternalPubAndRatchetTree, decodeMlsMessage, emptyPskIndex,
  encodeMlsMessage, generateKeyPackage, getCiphersuiteFromName, getCiphersuiteImpl, joinGroup, joinGroupExternal, makePskIndex,
  mlsExporter, processMessage, type CiphersuiteImpl, type ClientState, type KeyPackage, type PrivateKeyPackage, type Proposal,
} from 'ts-mls'
import { defaultClientConfig } from 'ts-mls/clientConfig.js'

type Bytes = Uint8Array
const suite = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'

function decoded<K extends ReturnType<typeof kindOf>>(bytes: Bytes, wireformat: K) {
  const message = decodeMlsMessage(bytes, 0)?.[0]
  if (message?.wireformat !== wireformat) {
    throw new Error(`expected ${wireformat}, got ${message?.wireformat}`)
  }
  return message as Extract<typeof message, { wireformat: K }>
}
const kindOf = (message: NonNullable<ReturnType<typeof decodeMlsMessage>>[0]) => message.wireformat

export class Ours {
  state: ClientState | undefined
  private constructor(
    private readonly cs: CiphersuiteImpl, readonly keyPackage: KeyPackage, private readonly keys: PrivateKeyPackage,
  ) {}

  static async make(identity: string): Promise<Ours> {
    const cs = await getCiphersuiteImpl(getCiphersuiteFromName(suite))
    const now = BigInt(Math.floor(Date.now() / 1000))
    const { publicPackage, privatePackage } = await generateKeyPackage(
      { credentialType: 'basic', identity: new TextEncoder().encode(identity) },
      { versions: ['mls10'], ciphersuites: [suite], extensions: [], proposals: [], credentials: ['basic', 'x509'] },
      { notBefore: now - 3600n, notAfter: now + 30n * 86400n }, [], cs)
    return new Ours(cs, publicPackage, privatePackage)
  }

  get packed(): Bytes {
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: this.keyPackage })
  }

  get group(): ClientState {
    if (!this.state) {
      throw new Error('not in a group')
    }
    return this.state
  }

  async create(groupId: Bytes): Promise<void> {
    this.state = await createGroup(groupId, this.keyPackage, this.keys, [], this.cs)
  }

  async commit(add: Bytes[], remove: number[] = [], wireAsPublicMessage = true) {
    const extraProposals: Proposal[] = [
      ...remove.map((removed): Proposal => ({ proposalType: 'remove', remove: { removed } })),
      ...add.map((bytes): Proposal =>
        ({ proposalType: 'add', add: { keyPackage: decoded(bytes, 'mls_key_package').keyPackage } })),
    ]
    const { newState, commit, welcome } = await createCommit({ state: this.group, cipherSuite: this.cs }, {
      wireAsPublicMessage, extraProposals, ratchetTreeExtension: true,
    })
    this.state = newState
    return {
      commit: encodeMlsMessage(commit),
      welcome: welcome && encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome }),
    }
  }

  async welcome(bytes: Bytes): Promise<void> {
    this.state = await joinGroup(
      decoded(bytes, 'mls_welcome').welcome, this.keyPackage, this.keys, makePskIndex(undefined, {}), this.cs)
  }

  async groupInfo(): Promise<Bytes> {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.group, [], this.cs)
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })
  }

  async joinExternal(groupInfo: Bytes): Promise<Bytes> {
    const { groupInfo: info } = decoded(groupInfo, 'mls_group_info')
    const { newState, publicMessage } = await joinGroupExternal(info, this.keyPackage, this.keys, false, this.cs)
    this.state = newState
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
  }

  async encrypt(text: string): Promise<Bytes> {
    const { newState, privateMessage } = await createApplicationMessage(this.group, new TextEncoder().encode(text), this.cs)
    this.state = newState
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
  }

  /** The text of an application message, nothing for a commit. */
  async process(bytes: Bytes): Promise<string | undefined> {
    const message = decodeMlsMessage(bytes, 0)![0]
    if (message.wireformat !== 'mls_public_message' && message.wireformat !== 'mls_private_message') {
      throw new Error(`got ${message.wireformat}`)
    }
    const result = await processMessage(
      message, { ...this.group, clientConfig: defaultClientConfig }, emptyPskIndex, () => 'accept', this.cs)
    this.state = result.newState
    return result.kind === 'applicationMessage' ? new TextDecoder().decode(result.message) : undefined
  }

  leafOf(identity: string): number {
    const at = this.group.ratchetTree.findIndex((node) => node?.nodeType === 'leaf' &&
      node.leaf.credential.credentialType === 'basic' && new TextDecoder().decode(node.leaf.credential.identity) === identity)
    if (at < 0) {
      throw new Error(`no leaf of ${identity}`)
    }
    return at / 2
  }

  get epoch(): bigint {
    return this.group.groupContext.epoch
  }

  exported(length: number): Promise<Bytes> {
    return mlsExporter(this.group.keySchedule.exporterSecret, 'exporter', new Uint8Array(), length, this.cs)
  }
}
