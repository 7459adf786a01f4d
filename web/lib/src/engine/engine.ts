// The engine of one device: its parts, wired; its life from the open database
// to the line that stands, and what the server's events set in motion.

import { Api, codeOf, Http, Line, ProblemError, type Problem, type Verdict, type wire } from "../net/index.ts";
import { Batch, Store, storageProblem } from "../store/index.ts";
import { Account } from "./account.ts";
import { Archive } from "./archive.ts";
import { Conversations } from "./conversations.ts";
import { Core } from "./core.ts";
import { Directory } from "./directory.ts";
import { Groups } from "./groups.ts";
import { Inbox } from "./inbox.ts";
import { Linking } from "./linking.ts";
import { Outbox } from "./outbox.ts";
import { Packages } from "./packages.ts";
import { keys, type LeavingRecord } from "./records.ts";
import { Recovery } from "./recovery.ts";
import { States } from "./states.ts";
import { selfEntry } from "./self.ts";
import { deviceView, Views } from "./views.ts";
import { Worker } from "./worker.ts";
import type { Host } from "./host.ts";
import type { DeviceView, ServerInfo, SessionState } from "./types.ts";

const RESUME_CURSORS = 256;
const RETRY_FIRST = 1_000;
const RETRY_LAST = 60_000;
const VERIFY_POLL = 5_000;
const LEAVE_AGAIN = 10_000;
const ARCHIVE_FIRST = 15_000;
const ARCHIVE_EVERY = 10 * 60_000;

export class Engine {
  readonly core: Core;
  readonly states: States;
  readonly directory: Directory;
  readonly packages: Packages;
  readonly inbox: Inbox;
  readonly conversations: Conversations;
  readonly groups: Groups;
  readonly outbox: Outbox;
  readonly worker: Worker;
  readonly account: Account;
  readonly linking: Linking;
  readonly recovery: Recovery;
  readonly archive: Archive;
  readonly views: Views;

  state: SessionState = "opening";
  problem: Problem | null = null;
  devices: readonly DeviceView[] | null = null;
  /** the server is still to be told of a device that was wiped here */
  leaving = false;
  server: ServerInfo | null = null;
  /** a recovery key or a link was taken: what follows is shown as recovering */
  recovering = false;
  /** the keys behind the safety number that a conversation's screen shows */
  readonly compared = new Map<string, string>();

  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #http: Http;
  #failures = 0;
  #proceeding = false;
  #proceedAgain = false;
  #lookedForRecovery = false;

  private constructor(store: Store, host: Host, changed: () => void) {
    const http = (this.#http = new Http(host.base, host.fetch, () => this.core.session?.token ?? null));
    const line = new Line(host.makeWebSocket, host.socketUrl, {
      resume: (hello) => this.#resume(hello),
      entry: (header, payload) => void this.inbox.entry({ header, payload }),
      expired: (header) => void this.inbox.expired(header),
      receipt: (receipt) => this.#background(this.conversations.receipt(receipt)),
      resync: (logEpoch) => {
        this.inbox.newLog();
        this.#background(this.conversations.restart(logEpoch));
      },
      drained: () => this.#drained(),
      hint: (header) => this.#hint(header),
      refused: () => this.#refused(),
      verdict: (verdict) => this.#background(this.#verdict(verdict)),
      changed,
    });
    this.core = new Core(store, new Api(http), line, host.env);
    this.core.changed = changed;
    const work = (id: string) => this.worker.poke(id);
    this.states = new States(this.core);
    this.directory = new Directory(this.core);
    this.packages = new Packages(this.core);
    this.conversations = new Conversations(this.core, this.states, work);
    this.inbox = new Inbox(this.core, this.states, this.directory, this.packages, {
      self: (batch, body) => selfEntry(this, batch, body),
      unknown: (id) => this.conversations.introduce(id),
      work,
      stalled: (id, error) => this.worker.stalled(id, error),
    });
    const refresh = async (id: string) => void (await this.conversations.refresh(id));
    this.groups = new Groups(this.core, this.states, this.directory, this.inbox, refresh);
    this.outbox = new Outbox(this.core, this.states, this.directory, this.inbox);
    this.worker = new Worker(this.core, this.states, this.directory, this.groups, this.outbox, this.inbox);
    const device = { name: host.deviceName, platform: host.devicePlatform };
    this.account = new Account(this.core, this.packages, this.directory, device);
    this.linking = new Linking(this.core, this.account, () => this.#background(this.linked()));
    this.recovery = new Recovery(this.core, this.account);
    this.archive = new Archive(this.core, this.states.lanes);
    this.views = new Views(this.core, this.directory, this.outbox, this.worker);
  }

  static async open(host: Host, changed: () => void): Promise<Engine> {
    let engine: Engine | null = null;
    const backend = await host.openBackend(() => engine?.fail(new Error("the database was closed")));
    const store = await Store.open(backend, (error) => engine?.fail(error));
    engine = new Engine(store, host, changed);
    await engine.core.load();
    return engine;
  }

  /** The database can't be written: whatever memory says, nothing more leaves this device. */
  fail(error: unknown): void {
    if (this.core.stopped) return;
    this.#halt();
    this.state = "storage_failed";
    const problem = storageProblem(error);
    this.problem = problem instanceof ProblemError ? problem.problem : null;
    this.core.changed();
  }

  #halt(): void {
    this.core.stopped = true;
    this.core.drained = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.linking.stop();
    this.worker.stop();
    this.core.line.stop();
    this.#http.stop();
  }

  /** Ends what is under way and closes the database; nothing is lost. */
  async close(): Promise<void> {
    if (!this.core.stopped) this.#halt();
    this.outbox.flush();
    await this.worker.settled();
    await this.states.lanes.settled();
    await this.core.store.close();
  }

  /** left: what the server is still to be told when everything else is gone. */
  async wipe(left: readonly LeavingRecord[]): Promise<void> {
    if (!this.core.stopped) this.#halt();
    await this.worker.settled();
    await this.states.lanes.settled();
    await this.core.store.wipe(notes(left));
  }

  // ---- the way to ready ----

  /** Goes as far as it can; called again whenever something changed. */
  proceed(): void {
    this.#proceedAgain = true;
    if (this.#proceeding || this.core.stopped) return;
    this.#proceeding = true;
    this.#background(
      (async () => {
        while (this.#proceedAgain && !this.core.stopped) {
          this.#proceedAgain = false;
          await this.#step();
        }
      })().finally(() => (this.#proceeding = false)),
    );
  }

  async #step(): Promise<void> {
    const s = this.core.session;
    if (!s) return this.#set("signed_out");
    if (s.revoked) return this.#set("revoked");
    if (!s.token) return this.#set("soft_signed_out");
    if (!s.verified) {
      this.#set("unverified");
      this.#every("verify", VERIFY_POLL, async () => {
        if (await this.account.checkVerified()) this.proceed();
      });
      return;
    }
    this.#stop("verify");
    if (!s.prepared) {
      const alone = s.approved || !!this.core.identity?.accountPrivate;
      if (!this.recovering) this.#set(alone ? "preparing" : "pending");
      try {
        await this.account.prepare();
        this.#failures = 0;
      } catch (error) {
        return this.#notYet(error);
      }
      if (!this.core.session?.prepared) {
        this.#set(this.recovering ? "recovering" : "pending");
        if (!this.linking.link) await this.linking.resume();
        this.#connect();
        return;
      }
    }
    this.recovering = false;
    // a line that stood while the device was pending was drained of nothing
    if (this.state !== "ready") this.core.line.stop();
    this.#set("ready");
    this.#connect();
  }

  /** A device that was linked or recovered goes on as one that is ready; the approver adds it. */
  async linked(): Promise<void> {
    if (this.state !== "ready") {
      this.proceed();
      return;
    }
    this.worker.eager.add(this.core.account);
    await this.directory.reread(this.core.account);
    if (this.devices) await this.loadDevices();
    this.worker.pokeAll();
  }

  #connect(): void {
    const token = this.core.session?.token;
    if (!token || this.core.line.state !== "offline" || this.core.line.retryAt !== null) return;
    this.core.drained = false;
    this.core.line.start(token);
  }

  #notYet(error: unknown): void {
    const code = codeOf(error);
    if (code === "account_key_exists") {
      this.proceed();
      return;
    }
    const verdict = verdictOf(code);
    if (verdict) {
      this.#background(this.#verdict(verdict));
      return;
    }
    if (error instanceof ProblemError) this.problem = error.problem;
    const said = error instanceof ProblemError ? (error.problem.retryAfter ?? 0) * 1000 : 0;
    const most = Math.min(RETRY_LAST, RETRY_FIRST * 2 ** this.#failures++);
    this.#after("proceed", Math.max(said, most * this.core.env.random()), async () => this.proceed());
    this.core.changed();
  }

  #set(state: SessionState): void {
    if (this.state === state) return;
    this.state = state;
    this.problem = null;
    this.core.changed();
  }

  // ---- the line's events ----

  #resume(hello: wire.Hello): { log_epoch: string; cursors: Record<string, number> } {
    this.core.drained = false;
    this.inbox.restart();
    const known = this.core.session?.logEpoch ?? hello.log_epoch;
    if (this.core.session?.logEpoch === null) this.#background(this.core.saveSession({ logEpoch: hello.log_epoch }));
    const newest = [...this.core.conversations.values()]
      .filter((c) => c.cursor > 0)
      .sort((a, b) => b.time - a.time)
      .slice(0, RESUME_CURSORS);
    return { log_epoch: known, cursors: Object.fromEntries(newest.map((c) => [c.id, c.cursor])) };
  }

  #drained(): void {
    this.#background(
      (async () => {
        // what was sent before `drained` may still be in the lanes
        await this.states.lanes.settled();
        if (this.state !== "ready") {
          this.linking.look();
          return;
        }
        this.directory.invalidateOld();
        await this.conversations.refreshAll();
        this.core.drained = true;
        this.worker.pokeAll();
        this.core.changed();
        for (const c of this.core.conversations.values()) await this.conversations.tellRead(c);
        await this.packages.refill();
        if (!this.#lookedForRecovery) await this.recovery.look();
        this.#lookedForRecovery = true;
        // who came back to an account waits for his history; else it is in no hurry
        const begin = (await this.archive.begun()) ? ARCHIVE_FIRST : 0;
        this.#after("archive", begin, () => this.#archiveNow());
      })(),
      () => {
        // it is drained, but a list could not be read: again, while the line stands
        if (this.core.line.state === "online") this.#after("drained", RETRY_FIRST, async () => this.#drained());
      },
    );
  }

  /** Rows of conversations that this device hasn't heard of yet would find no place. */
  async archiveNow(): Promise<void> {
    if (!this.core.drained && this.core.ready) await this.conversations.refreshAll();
    await this.archive.run();
  }

  async #archiveNow(): Promise<void> {
    try {
      await this.archiveNow();
    } finally {
      this.#after("archive", ARCHIVE_EVERY, () => this.#archiveNow());
    }
  }

  #hint(header: { event: string }): void {
    if (header.event !== "removal_pending") return;
    const { conversation, leaves } = header as unknown as wire.RemovalPending;
    const c = this.core.conversations.get(conversation);
    if (!c || !Array.isArray(leaves)) return;
    for (const leaf of c.leaves) {
      if (leaves.some((one) => one.leaf === leaf.leaf && one.device === leaf.device)) leaf.removal_pending = true;
    }
    // one of an epoch that isn't known here yet
    const known = leaves.every((one) => c.leaves.some(({ device }) => device === one.device));
    if (!known) this.#background(this.conversations.refresh(c.id));
    this.#background(this.core.saveConversation(c));
    this.worker.poke(c.id);
  }

  /** The socket's handshake failed: HTTP says whether there is more to it than the network. */
  async #refused(): Promise<Verdict | null> {
    try {
      await this.core.api.account();
      return null;
    } catch (error) {
      return verdictOf(codeOf(error));
    }
  }

  async #verdict(verdict: Verdict): Promise<void> {
    this.core.drained = false;
    if (verdict === "revoked") await this.core.saveSession({ revoked: true, token: null });
    else if (verdict === "signed_out") await this.core.saveSession({ token: null });
    else {
      this.problem = {
        code: "replaced",
        title: "Another client connected as this device; this one stays away.",
        status: 0,
        retryable: true,
        details: {},
      };
    }
    this.core.changed();
    if (verdict !== "replaced") this.proceed();
  }

  async loadDevices(): Promise<readonly DeviceView[]> {
    const all = await this.core.api.devices();
    const person = this.core.identity?.accountPublic ? await this.directory.reread(this.core.account) : null;
    this.devices = all.map((device) => deviceView(device, this.core.device, person));
    this.core.changed();
    return this.devices;
  }

  /** Own devices were removed: their leaves go out of the groups. */
  async devicesWent(): Promise<void> {
    await this.loadDevices();
    await this.conversations.refreshAll();
    this.worker.eager.add(this.core.account);
    this.worker.pokeAll();
  }

  async loadServer(): Promise<void> {
    const { name, version, registration, limits, web_build, passkey_rp_id } = await this.core.api.server();
    this.server = { name, version, registration, limits, webBuild: web_build ?? null, passkeys: passkey_rp_id ?? null };
    this.core.changed();
  }

  // ---- devices that were wiped without a connection ----

  async left(): Promise<LeavingRecord[]> {
    return (await this.core.store.all<LeavingRecord>(keys.leaving)).map(({ value }) => value);
  }

  /** Keeps what is to be told, and tells it, now or when the server can be reached. */
  async tellLeft(more: readonly LeavingRecord[]): Promise<void> {
    if (more.length > 0) await this.core.store.write(notes(more));
    this.leaving = (await this.left()).length > 0;
    if (this.leaving) this.#background(this.#tellLeft());
  }

  async #tellLeft(): Promise<void> {
    this.leaving = !(await this.account.tellLeft());
    this.core.changed();
    if (this.leaving) this.#after("leave", LEAVE_AGAIN, () => this.#tellLeft());
  }

  // ---- timers and what nobody waits for ----

  /** After the entry's step: nothing that asks the network is done inside a lane. */
  later(work: () => Promise<void>): void {
    this.#background(Promise.resolve().then(work));
  }

  #background(work: Promise<unknown>, failed?: () => void): void {
    work.catch((error: unknown) => {
      // lists are read again after the next `drained`; what is the store's, it told itself
      if (!this.core.stopped) this.core.env.log?.("in the background", error);
      if (!this.core.stopped) failed?.();
    });
  }

  #after(name: string, delay: number, work: () => Promise<void>): void {
    this.#stop(name);
    if (this.core.stopped) return;
    this.#timers.set(
      name,
      setTimeout(() => {
        this.#timers.delete(name);
        this.#background(work());
      }, delay),
    );
  }

  #every(name: string, delay: number, work: () => Promise<void>): void {
    this.#after(name, delay, async () => {
      this.#every(name, delay, work);
      await work();
    });
  }

  #stop(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

function notes(left: readonly LeavingRecord[]): Batch {
  const batch = new Batch();
  for (const one of left) batch.put(keys.leavingOf(one.device), one);
  return batch;
}

function verdictOf(code: string): Verdict | null {
  if (code === "device_revoked") return "revoked";
  return code === "unauthorized" || code === "token_expired" ? "signed_out" : null;
}
