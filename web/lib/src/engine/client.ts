// The Client that applications use: it leads or waits for its turn among the
// browser's tabs, opens the engine, and speaks for it.

import { problem } from "../net/index.ts";
import { persist, storageUse } from "../store/index.ts";
import { NOTHING } from "./archive.ts";
import { Engine } from "./engine.ts";
import { exportData } from "./export.ts";
import { makeHost, type Host, type HostParts } from "./host.ts";
import type { LeavingRecord } from "./records.ts";
import { Lead } from "./tabs.ts";
import { People } from "./people.ts";
import { RowWindow } from "./timeline.ts";
import { keep } from "./views.ts";
import { Privates } from "./privates.ts";
import { AccountLife } from "./life.ts";
import { AccountSecurity } from "./security.ts";
import type {
  Client, ClientOptions, Connection, DeviceView,
  Person, RegisterInput, SafetyNumber, SignInInput, Snapshot, StorageUse, Timeline,
} from "./types.ts";

const OFFLINE: Connection = { state: "offline", since: 0, retryAt: null, pending: 0, problem: null };

/** Opens the device's database and connects, if somebody is signed in. */
export async function openClient(options: ClientOptions, parts: HostParts = {}): Promise<Client> {
  const client = new TheClient(makeHost(options, parts));
  await client.start();
  return client;
}

class TheClient implements Client {
  readonly #host: Host;
  readonly #lead: Lead;
  readonly #listeners = new Set<() => void>();
  readonly security = new AccountSecurity(() => this.#e.core);
  readonly life = new AccountLife(() => this.#e);
  #engine: Engine | null = null;
  #snapshot: Snapshot;
  #dirty = false;
  #told = false;
  #closed = false;
  readonly #online = () => {
    this.#engine?.core.line.hurry();
    void this.#engine?.tellLeft([]);
  };
  readonly #offline = () => this.#engine?.core.line.drop();

  constructor(host: Host) {
    this.#host = host;
    this.#lead = new Lead(host.name, host.locks, host.channel, () => void this.#handOver());
    this.#snapshot = this.#make("opening");
    globalThis.addEventListener?.("online", this.#online);
    globalThis.addEventListener?.("offline", this.#offline);
  }

  async start(): Promise<void> {
    if (await this.#lead.tryAcquire()) return this.#open();
    this.#snapshot = this.#make("locked_by_other_tab");
    void this.#wait();
  }

  // ---- tabs ----

  async #open(left: readonly LeavingRecord[] = []): Promise<void> {
    this.#engine = await Engine.open(this.#host, () => this.#changed());
    await this.#engine.tellLeft(left);
    this.#engine.proceed();
    this.#changed();
    void this.#engine.loadServer().catch(() => {});
  }

  async #wait(): Promise<void> {
    if ((await this.#lead.acquire()) && !this.#closed) await this.#open();
  }

  async #handOver(): Promise<void> {
    const engine = this.#engine;
    if (!engine || this.#closed) return;
    this.#engine = null;
    this.#snapshot = this.#make("locked_by_other_tab");
    this.#tell();
    await engine.close();
    this.#lead.release();
    void this.#wait();
  }

  takeOver(): Promise<void> {
    if (!this.#engine) this.#lead.ask();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closed = true;
    globalThis.removeEventListener?.("online", this.#online);
    globalThis.removeEventListener?.("offline", this.#offline);
    const engine = this.#engine;
    this.#engine = null;
    await engine?.close();
    this.#lead.close();
  }

  async retryStorage(): Promise<void> {
    const engine = this.#engine;
    if (!engine || engine.state !== "storage_failed") return;
    await engine.close().catch(() => {});
    await this.#open();
  }

  get #e(): Engine {
    if (!this.#engine) throw problem("locked_by_other_tab", "Another tab of this browser runs the chat.");
    if (this.#engine.core.stopped) throw problem("storage_failed", "This device's database can't be written.");
    return this.#engine;
  }

  // ---- state ----

  snapshot(): Snapshot {
    if (this.#dirty) {
      this.#dirty = false;
      this.#snapshot = this.#make(this.#engine?.state ?? "locked_by_other_tab");
    }
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    this.#dirty = true;
    if (this.#told) return;
    this.#told = true;
    setTimeout(() => {
      this.#told = false;
      this.#tell();
    }, 0);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #make(session: Snapshot["session"]): Snapshot {
    const e = this.#engine;
    const old = this.#snapshot as Snapshot | undefined;
    const conversations = e ? e.views.list() : (old?.conversations ?? []);
    const line = e?.core.line;
    const { since, retryAt, pending, problem: why } = line ?? OFFLINE;
    // drained is what the server has sent; online is when it is stored and the lists are read
    const behind = line?.state === "online" && session === "ready" && !e!.core.drained;
    const state = behind ? "syncing" : (line ?? OFFLINE).state;
    const verification = e?.core.session?.verification;
    return {
      session,
      connection: keep(old?.connection, { state, since, retryAt, pending, problem: why }),
      me: keep(old?.me, e ? e.views.me() : (old?.me ?? null)),
      conversations,
      unread: conversations.reduce((sum, one) => sum + one.unread, 0),
      devices: e?.devices ?? null,
      link: e?.linking.link ?? null,
      approval: e?.linking.approval ?? null,
      archive: e?.archive.view ?? NOTHING,
      server: e?.server ?? old?.server ?? null,
      verification: keep(
        old?.verification,
        verification ? { email: e!.core.session!.email, expires: verification.expires } : null,
      ),
      leaving: e?.leaving ?? false,
      problem: e?.problem ?? null,
    };
  }

  // ---- the account ----

  async register(input: RegisterInput): Promise<void> {
    await this.#e.account.register(input);
    this.#e.proceed();
  }

  async verify(code: string, username?: string): Promise<void> {
    await this.#e.account.verify(code, username);
    this.#e.proceed();
  }

  resend(): Promise<void> {
    return this.#e.account.resend();
  }

  async checkVerified(): Promise<void> {
    if (this.#e.state === "unverified" && (await this.#e.account.checkVerified())) this.#e.proceed();
  }

  async signIn(input: SignInInput): Promise<void> {
    await this.#e.account.signIn(input);
    this.#e.proceed();
  }

  async signOut({ wipe }: { wipe: boolean }): Promise<void> {
    const e = this.#e;
    const left = await e.account.signOut(wipe);
    if (!wipe) {
      e.core.line.stop();
      e.core.drained = false;
      e.proceed();
      return;
    }
    // of those that could not be told before, and of this one
    const all = await e.left();
    if (left) all.push(left);
    await e.wipe(all);
    await this.#open(all); // a backend that could not keep them with the wipe gets them now
  }

  async resetAccountKey(password: string): Promise<void> {
    const e = this.#e;
    await e.account.reset(password);
    await e.linked();
  }

  updateProfile(change: { displayName: string }): Promise<void> {
    return this.#e.account.updateProfile(change);
  }

  // ---- people and conversations ----

  findPerson(username: string): Promise<Person | null> {
    return new People(this.#e).find(username);
  }

  addPerson(username: string): Promise<string> {
    return new People(this.#e).add(username);
  }

  openDirect(account: string): Promise<string> {
    return new People(this.#e).open(account);
  }

  timeline(conversation: string): Promise<Timeline> {
    return RowWindow.open(conversation, this.#e.core, this.#e.views);
  }

  async send(conversation: string, text: string): Promise<string> {
    const e = this.#e;
    const c = e.core.conversation(conversation);
    if (c.state === "closed") throw problem("conversation_closed", "The conversation is closed.");
    if (c.blocking) throw problem("blocked", "You block who this is with.");
    const added = e.outbox.add(c, text);
    e.worker.poke(conversation); // its encryption needn't wait for the disk: its own write comes after
    return added;
  }

  async retry(conversation: string, id: string): Promise<void> {
    await this.#e.outbox.retry(conversation, id);
    this.#e.worker.poke(conversation);
  }

  cancel(conversation: string, id: string): Promise<boolean> {
    return this.#e.outbox.cancel(conversation, id);
  }

  setDraft(conversation: string, text: string): Promise<void> {
    return this.#e.conversations.setDraft(this.#e.core.conversation(conversation), text);
  }

  markRead(conversation: string, seq: number): Promise<void> {
    return this.#e.conversations.markRead(this.#e.core.conversation(conversation), seq);
  }

  // ---- private conversations ----

  offerPrivate(account: string): Promise<string> {
    return new Privates(this.#e).offer(account);
  }

  acceptPrivate(conversation: string): Promise<void> {
    return new Privates(this.#e).accept(conversation);
  }

  declinePrivate(conversation: string): Promise<void> {
    return new Privates(this.#e).decline(conversation);
  }

  closePrivate(conversation: string): Promise<void> {
    return new Privates(this.#e).close(conversation);
  }

  forgetPrivate(conversation: string): Promise<void> {
    return new Privates(this.#e).forget(conversation);
  }

  // ---- devices, linking, recovery ----

  loadDevices(): Promise<readonly DeviceView[]> {
    return this.#e.loadDevices();
  }

  async renameDevice(device: string, name: string): Promise<void> {
    await this.#e.core.api.renameDevice(device, name);
    await this.#e.loadDevices();
  }

  async revokeDevice(device: string): Promise<void> {
    const e = this.#e;
    if (device === e.core.device) throw problem("own_device", "To remove this device, sign out.");
    await e.core.api.revokeDevice(device);
    await e.devicesWent();
  }

  linkStart(): Promise<void> {
    return this.#e.linking.start();
  }

  linkCancel(): Promise<void> {
    return this.#e.linking.cancel();
  }

  linkConfirm(): Promise<void> {
    return this.#e.linking.confirm();
  }

  async approveStart(device: string, qr?: string): Promise<void> {
    await (qr ? this.#e.linking.answerQr(qr, device) : this.#e.linking.answer(device, null));
  }

  approveQr(qr: string): Promise<void> {
    return this.#e.linking.answerQr(qr);
  }

  approveConfirm(): Promise<void> {
    return this.#e.linking.approveConfirm();
  }

  approveCancel(): Promise<void> {
    return this.#e.linking.approveCancel();
  }

  async recoveryMake(): Promise<string> {
    return this.#e.recovery.make();
  }

  recoveryConfirm(text: string): Promise<void> {
    return this.#e.recovery.confirm(text);
  }

  recoveryCheck(text: string): Promise<boolean> {
    return this.#e.recovery.check(text);
  }

  async recoveryUse(text: string): Promise<void> {
    const e = this.#e;
    e.recovering = true;
    e.state = "recovering";
    this.#changed();
    try {
      await e.recovery.use(text);
    } finally {
      e.recovering = false;
      e.proceed();
    }
    await e.linked();
  }

  // ---- trust ----

  safetyNumber(conversation: string): Promise<SafetyNumber> {
    return new People(this.#e).safetyNumber(conversation);
  }

  safetyScan(conversation: string, scanned: Uint8Array): Promise<boolean> {
    return new People(this.#e).scan(conversation, scanned);
  }

  setVerified(conversation: string, verified: boolean): Promise<void> {
    return new People(this.#e).setVerified(conversation, verified);
  }

  acknowledgeKeyChange(conversation: string): Promise<void> {
    return new People(this.#e).acknowledge(conversation);
  }

  async resetGroup(conversation: string): Promise<void> {
    const e = this.#e;
    await e.groups.reset(e.core.conversation(conversation));
    e.worker.poke(conversation);
  }

  // ---- data ----

  storageUse(): Promise<StorageUse> {
    return storageUse();
  }

  persist(): Promise<boolean> {
    return persist();
  }

  exportData(): Promise<Blob> {
    return exportData(this.#e);
  }

  archiveNow(): Promise<void> {
    return this.#e.archiveNow();
  }

  reconnect(): void {
    const e = this.#e;
    if (e.problem?.code === "replaced") e.problem = null;
    e.core.line.hurry();
    void e.tellLeft([]);
    e.proceed();
  }
}
