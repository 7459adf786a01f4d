// Their side: OpenMLS, in Wire's core-crypto (a development dependency, loaded
// by the page from its own address, never part of what we ship).
import type * as Wire from '@wireapp/core-crypto/browser'

type Bytes = Uint8Array
type Library = typeof Wire

const header = [0, 1, 0, 5]
let library: Library | undefined

export async function load(): Promise<Library> {
  if (!library) {
    const address = '/corecrypto.js'
    library = await import(address) as Library
    await library.initWasmModule('/index_bg.wasm')
  }
  return library
}

export class Theirs {
  private conversation: Wire.ConversationId | undefined
  /** the last commit that was handed to the transport, which accepts all */
  sent: Wire.CommitBundle | undefined
  private constructor(
    private readonly lib: Library, private readonly core: Wire.CoreCrypto, readonly identity: string,
    private readonly credential: Wire.CredentialRef,
  ) {}

  static async make(uuid: string, device: string): Promise<Theirs> {
    const lib = await load()
    const database = await lib.Database.inMemory()
    const core = lib.CoreCrypto.new(database as Wire.Database)
    const id = new lib.ClientId(new lib.Uuid(uuid), lib.DeviceId.fromHexString(device), 'example.org')
    const holder: { theirs?: Theirs } = {}
    const credential = await core.transaction(async (context) => {
      await context.mlsInit(id, {
        sendCommitBundle: async (bundle) => { holder.theirs!.sent = bundle },
        prepareForTransport: async ({ data }) => data,
      })
      return await context.addCredential(
        lib.Credential.basic(lib.CipherSuite.Mls128Dhkemx25519Aes128gcmSha256Ed25519, id)) as Wire.CredentialRef
    })
    holder.theirs = new Theirs(lib, core, new TextDecoder().decode(id.copyBytes()), credential)
    return holder.theirs
  }

  private in<T>(step: (context: Wire.CoreCryptoContext, conversation: Wire.ConversationId) => Promise<T>): Promise<T> {
    return this.core.transaction((context) => step(context, this.conversation!))
  }

  async keyPackage(): Promise<Bytes> {
    const made = await this.in((context) => context.generateKeyPackage(this.credential))
    // They write it bare, without the header of an MLSMessage.
    return Uint8Array.of(...header, ...made.serialize())
  }

  async create(groupId: Bytes): Promise<void> {
    this.conversation = new this.lib.ConversationId(groupId)
    await this.in((context, conversation) => context.createConversation(conversation, this.credential))
  }

  async add(keyPackages: Bytes[]) {
    await this.in((context, conversation) => context.addClientsToConversation(
      conversation, keyPackages.map((bytes) => new this.lib.KeyPackage(bytes.slice(header.length)))))
    return { commit: this.sent!.commit, welcome: this.sent!.welcome!.serialize() }
  }

  async remove(identity: string): Promise<Bytes> {
    const ids = await this.in((context, conversation) => context.getClientIds(conversation))
    const found = ids.filter((id) => new TextDecoder().decode(id.copyBytes()) === identity)
    await this.in((context, conversation) => context.removeClientsFromConversation(conversation, found))
    return this.sent!.commit
  }

  async update(): Promise<Bytes> {
    await this.in((context, conversation) => context.updateKeyingMaterial(conversation))
    return this.sent!.commit
  }

  async welcome(bytes: Bytes): Promise<void> {
    this.conversation = await this.in((context) => context.processWelcomeMessage(new this.lib.Welcome(bytes))) as never
  }

  async joinExternal(groupInfo: Bytes): Promise<Bytes> {
    this.conversation = await this.in((context) =>
      context.joinByExternalCommit(new this.lib.GroupInfo(groupInfo.slice(header.length)), this.credential)) as never
    return this.sent!.commit
  }

  /** The GroupInfo that went with the last commit. */
  get groupInfo(): Bytes {
    return this.sent!.groupInfo.payload
  }

  encrypt(text: string): Promise<Bytes> {
    return this.in((context, conversation) => context.encryptMessage(conversation, new TextEncoder().encode(text)))
  }

  async process(bytes: Bytes): Promise<string | undefined> {
    const message = await this.in((context, conversation) => context.decryptMessage(conversation, bytes))
    return this.lib.DecryptedMessage.Text.instanceOf(message)
      ? new TextDecoder().decode(message.inner.plaintext) : undefined
  }

  get epoch(): Promise<bigint> {
    return this.in((context, conversation) => context.conversationEpoch(conversation))
  }

  async exported(length: number): Promise<Bytes> {
    return (await this.in((context, conversation) => context.exportSecretKey(conversation, length))).copyBytes()
  }
}
