// Entries become rows and MLS states. Each entry is one step: its row, the next
// state, the cursor and what it settles in the outbox are written together,
// then it is acknowledged.

import { equal, problem, ProblemError, toBase64url, type wire } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as mls from "../mls/index.ts";
import { reach, takeBack } from "./ahead.ts";
import type { Core, OutboxItem } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Packages } from "./packages.ts";
import { decodeContent, putRow, whyOf } from "./rows.ts";
import type { HeldGroup, States } from "./states.ts";
import { keys, type ConversationRecord, type RowRecord } from "./records.ts";
import { Seen } from "./seen.ts";
import type { Next, Why } from "./types.ts";

export interface Entry {
  header: wire.EntryHeader;
  payload: Uint8Array;
}

export interface InboxHooks {
  /** an entry of the own `self` conversation */
  self(batch: Batch, body: Record<string, unknown>): void;
  /** a conversation that isn't known yet: read its representation */
  unknown(conversation: string): Promise<void>;
  /** something is to be done for a conversation: rejoin, a commit, the outbox */
  work(conversation: string): void;
  /** an entry couldn't be processed; catchUp() goes on there */
  stalled(conversation: string, error: unknown): void;
}

const CATCH_UP_LIMIT = 200;
const CATCH_UP_PAGES = 1000;

export class Inbox {
  readonly #stalled = new Set<string>();
  /** the message whose epoch was ahead of the group here, by conversation */
  readonly #ahead = new Map<string, number>();
  readonly #seen: Seen;
  #log = 0;

  constructor(
    private readonly core: Core,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly packages: Packages,
    private readonly hooks: InboxHooks,
  ) {
    this.#seen = new Seen(core.store);
  }

  /** Takes an entry into its conversation's lane. */
  entry(entry: Entry): Promise<void> {
    const id = entry.header.conversation;
    return this.#inOrder(id, async () => {
      const written = await this.#process(this.core.conversation(id), entry);
      // the next entry is worked on while this one's write is under way
      void written.done.then(
        () => this.core.line.ack(id, entry.header.seq),
        () => {},
      );
    });
  }

  expired(header: wire.ExpiredHeader): Promise<void> {
    const id = header.conversation;
    return this.#inOrder(id, async () => {
      const c = this.core.conversation(id);
      if (header.to <= c.cursor) return;
      const batch = new Batch();
      const from = Math.max(header.from, c.cursor + 1);
      const row: RowRecord = {
        type: "expired",
        seq: header.to,
        time: c.time,
        count: header.to - from + 1,
      };
      // an own message may stand at the last number, expired before it came
      const taken = await reach(this.core, c, header.to, null);
      c.cursor = header.to;
      if (c.kind === "self") this.directory.invalidateOld();
      else putRow(this.core, batch, c, row, taken ? c.base + header.to - 0.5 : undefined);
      this.core.putConversation(batch, c);
      await this.core.store.write(batch);
      this.core.line.ack(id, header.to);
      this.hooks.work(id);
    });
  }

  /** Reads what follows the cursor, without waiting for the socket to bring it. */
  async catchUp(id: string): Promise<void> {
    this.#stalled.delete(id);
    for (let page = 0; page < CATCH_UP_PAGES; page++) {
      const frames = await this.core.api.entries(id, this.core.conversations.get(id)?.cursor ?? 0, CATCH_UP_LIMIT);
      for (const { header, payload } of frames) {
        if (header.event === "expired") await this.expired(header as unknown as wire.ExpiredHeader);
        else await this.entry({ header: header as unknown as wire.EntryHeader, payload });
      }
      if (frames.length < CATCH_UP_LIMIT) return;
    }
  }

  /** The line came anew: entries come from the cursor on. */
  restart(): void {
    this.#stalled.clear();
  }

  /** Another log begins: what still waits is of the one before. */
  newLog(): void {
    this.#log++;
  }

  /**
   * An entry that can't be processed for want of the network stops its
   * conversation: what follows must not overtake it, and is read again later.
   */
  #inOrder(id: string, work: () => Promise<void>): Promise<void> {
    const log = this.#log;
    if (this.#stalled.has(id)) return Promise.resolve();
    const inLane = this.states.lanes.run(id, async () => {
      if (this.#stalled.has(id) || this.core.stopped || log !== this.#log) return;
      try {
        if (!this.core.conversations.has(id)) await this.hooks.unknown(id);
        await work();
      } catch (error) {
        this.#stall(id, error);
      }
    });
    return inLane.catch((error: unknown) => this.#stall(id, error)); // there was no room for it
  }

  #stall(id: string, error: unknown): void {
    this.#stalled.add(id);
    this.hooks.stalled(id, error);
  }

  async #process(c: ConversationRecord, entry: Entry): Promise<{ done: Promise<void> }> {
    const { header } = entry;
    if (header.seq <= c.cursor) return { done: Promise.resolve() };
    const batch = new Batch();
    const other = await reach(this.core, c, header.seq, header.session === this.core.device ? (header.client_id ?? null) : null);
    if (other) this.#takeBack(batch, c, other);

    if (c.kind === "self") {
      if (header.body) this.hooks.self(batch, header.body);
    } else if (c.payload === "mls") {
      if (header.kind === "message") await this.#message(batch, c, entry);
      else if (header.kind === "commit") await this.#commit(batch, c, entry);
      else if (header.kind === "setting") this.#setting(batch, c, header);
    }

    c.cursor = header.seq;
    c.lastSeq = Math.max(c.lastSeq, header.seq);
    this.core.putConversation(batch, c);
    const done = this.core.store.write(batch);
    if (other) this.core.rowsChanged(c.id, "stored");
    return { done };
  }

  // ---- messages ----

  async #message(batch: Batch, c: ConversationRecord, entry: Entry): Promise<void> {
    const { header } = entry;
    // a log that begins anew says again what was read in the one before; its keys are used up
    if (c.base > 0 && (await this.#known(c, header))) return;
    if (header.session === this.core.device) return this.#ownMessage(batch, c, header);

    const held = await this.states.get(c.id);
    if (!held || held.broken) {
      const next: Next = c.kind === "private" ? "nothing" : held ? "rejoining" : "nothing";
      return this.#cannot(batch, c, header, held ? "state_lost" : "not_joined", next);
    }
    this.#knows(c, header, held);
    let received: mls.Received;
    try {
      received = await mls.process(held.group, entry.payload, this.directory.check, { fixed: c.kind === "private" });
    } catch (error) {
      if (c.base > 0 && reasonOf(error) === "replayed") return; // read in the log before
      const { why, next, broken: lost } = whyOf(reasonOf(error));
      // in a log that was put back, an epoch's number may be another group's state
      const broken = lost || (c.base > 0 && reasonOf(error) === "undecryptable");
      if (broken) this.states.break(batch, c.id, held, "missed");
      this.#cannot(batch, c, header, why, next);
      if (broken) this.hooks.work(c.id);
      return;
    }
    if (received.kind !== "message") return this.#cannot(batch, c, header, "malformed", "nothing");

    this.states.put(batch, c.id, { ...held, group: received.next });
    const content = decodeContent(received.plaintext);
    if (!content) return this.#cannot(batch, c, header, "malformed", "nothing");
    if (content.type !== "text") return this.#cannot(batch, c, header, "newer_client", "update_client");
    // encrypted twice, delivered twice: it is one message
    const once = keys.seen(c.id, received.sender.device, content.id);
    if (content.id && (await this.#seen.has(c.id, once))) return;
    this.#seen.add(c.id, once);
    batch.put(once, header.seq);
    putRow(this.core, batch, c, {
      type: "message",
      seq: header.seq,
      time: Date.parse(header.time),
      id: content.id,
      mine: received.sender.account === this.core.account,
      sender: received.sender.account,
      device: received.sender.device,
      text: content.text,
      sent: content.sent,
      restored: false,
    });
  }

  /**
   * Throws for a message of an epoch whose commit wasn't sent, as what is done to a
   * group during a block isn't: once, the log is asked for what is missing.
   */
  #knows(c: ConversationRecord, header: wire.EntryHeader, held: HeldGroup): void {
    if ((header.epoch ?? 0) <= held.epoch || this.#ahead.get(c.id) === header.seq) return;
    this.#ahead.set(c.id, header.seq);
    throw problem("behind", "Commits before this message are read from the log first.");
  }

  /** Whether it is a row already: this client names an entry by the message's own id. */
  async #known(c: ConversationRecord, header: wire.EntryHeader): Promise<boolean> {
    if (!header.session || !header.client_id) return false;
    return this.#seen.has(c.id, keys.seen(c.id, header.session, header.client_id));
  }

  #ownMessage(batch: Batch, c: ConversationRecord, header: wire.EntryHeader): void | Promise<void> {
    const item = this.core.outbox.get(c.id)?.find((one) => one.id === header.client_id);
    if (item) return this.settle(batch, c, item, header.seq, Date.parse(header.time));
    return this.core.store.get(keys.row(c.id, c.base + header.seq)).then((row) => {
      if (!row) this.#cannot(batch, c, header, "own_elsewhere", "restore");
    });
  }

  /** The server has a message of the outbox: it becomes a row. */
  settle(batch: Batch, c: ConversationRecord, item: OutboxItem, seq: number, time: number): void {
    const items = this.core.outbox.get(c.id) ?? [];
    const left = items.filter((one) => one !== item);
    if (left.length > 0) this.core.outbox.set(c.id, left);
    else this.core.outbox.delete(c.id);
    batch.remove(keys.outboxItem(c.id, item.order));
    const once = keys.seen(c.id, this.core.device, item.id);
    this.#seen.add(c.id, once);
    batch.put(once, seq);
    putRow(this.core, batch, c, {
      type: "message",
      seq,
      time,
      id: item.id,
      mine: true,
      sender: this.core.account,
      device: this.core.device,
      text: item.text,
      sent: item.created,
      restored: false,
    });
  }

  #takeBack(batch: Batch, c: ConversationRecord, row: RowRecord): void {
    const once = takeBack(this.core, batch, c, row);
    if (once) this.#seen.forget(c.id, once);
  }

  #cannot(batch: Batch, c: ConversationRecord, header: wire.EntryHeader, why: Why, next: Next): void {
    const time = Date.parse(header.time);
    putRow(this.core, batch, c, { type: "undecryptable", seq: header.seq, time, why, next, sender: header.sender ?? null });
  }

  // ---- commits ----

  async #commit(batch: Batch, c: ConversationRecord, entry: Entry): Promise<void> {
    const body = entry.header.body as unknown as wire.CommitBody;
    const held = await this.states.get(c.id);
    const pending = await this.states.pending(c.id);
    const own = pending !== null && entry.header.session === this.core.device && entry.header.client_id === pending.clientId;
    // the server's word is not enough: another's commit under our id would lead us out of the group
    const mine = own && equal(entry.payload, pending.commit);
    if (own && !mine) this.states.dropPending(batch, c.id);

    // in a log that begins anew: passed before; if it isn't the same, the messages after it tell
    const passed = !mine && c.base > 0 && held !== null && !held.broken && body.epoch <= held.epoch;

    if (mine) {
      this.#install(batch, c, pending.next, true);
      this.states.dropPending(batch, c.id);
    } else {
      // whatever was on its way lost the epoch
      if (pending && pending.epoch < body.epoch) this.states.dropPending(batch, c.id);
      if (body.welcome && !passed) await this.#welcome(batch, c, entry, body);
      else if (held && !passed && !held.broken) await this.#follow(batch, c, entry, body, held);
    }

    await this.#pass(c, body);
    c.failures = mine ? 0 : c.failures;
    if (c.private && c.state === "open") c.private = { ...c.private, state: "active", key_package: null };
    if (!passed) this.#announce(batch, c, entry.header, body);
    this.hooks.work(c.id);
  }

  /**
   * The group is at the entry's epoch, if the server's representation hasn't
   * told of a later one already. Who is in it, the tree knows best: of epochs
   * before it came in, a device has seen no entries.
   */
  async #pass(c: ConversationRecord, body: wire.CommitBody): Promise<void> {
    if (body.epoch <= c.epoch) return;
    const held = await this.states.get(c.id);
    const inside = held !== null && !held.broken && held.epoch === body.epoch;
    const going = c.leaves.filter((leaf) => leaf.removal_pending).map(({ device }) => device);
    const leaves = inside ? mls.leaves(held.group) : moved(c.leaves, body);
    c.epoch = body.epoch;
    c.leaves = leaves.map(({ leaf, account, device }) => ({ leaf, account, device, removal_pending: going.includes(device) }));
  }

  #install(batch: Batch, c: ConversationRecord, group: mls.Group, withPath: boolean): void {
    const updated = withPath ? this.core.env.now() : 0;
    this.states.put(batch, c.id, { group, epoch: Number(mls.epoch(group)), updated, sent: 0, broken: null });
    c.refused = false;
  }

  async #welcome(batch: Batch, c: ConversationRecord, entry: Entry, body: wire.CommitBody): Promise<void> {
    try {
      const held = await this.packages.held(mls.welcomeRefs(entry.payload), c.kind === "private" ? c.id : null);
      const inside = await mls.readWelcome(this.core.deviceIdentity, entry.payload, held);
      await this.directory.ensureLeaves(inside.leaves);
      const check = this.directory.checkJoining(c);
      const { group, usedRef } = await mls.joinByWelcome(this.core.deviceIdentity, entry.payload, held, check);
      if (Number(mls.epoch(group)) !== body.epoch || !sameGroup(c, group)) throw new mls.MlsError("refused", "another group");
      this.#noStrangers(c, group);
      // a Welcome that was shown before would begin a past epoch's keys anew
      const before = await this.states.get(c.id);
      if (before && sameGroup(c, before.group) && mls.epoch(group) <= mls.epoch(before.group)) {
        throw new mls.MlsError("wrong_epoch", "a Welcome into an epoch that this device has passed");
      }
      this.#install(batch, c, group, false);
      await this.packages.used(batch, usedRef);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const refused = reasonOf(error) === "refused";
      c.refused ||= refused;
      const next: Next = refused ? "reset" : c.kind === "private" ? "nothing" : "rejoining";
      this.#cannot(batch, c, entry.header, refused ? "refused" : "state_lost", next);
    }
  }

  #noStrangers(c: ConversationRecord, group: mls.Group): void {
    if (this.directory.strangers(c, mls.leaves(group)).length > 0) {
      throw new mls.MlsError("refused", "a device that doesn't belong into this conversation");
    }
  }

  async #follow(batch: Batch, c: ConversationRecord, entry: Entry, body: wire.CommitBody, held: HeldGroup): Promise<void> {
    if (entry.header.session === this.core.device) {
      // our own commit, whose pending state was lost: nobody can process his own
      this.states.break(batch, c.id, held, "lost_commit");
      return;
    }
    try {
      await this.directory.ensureLeaves([...body.added, body.committer]);
      const fixed = c.kind === "private";
      const received = await mls.process(held.group, entry.payload, this.directory.check, { fixed });
      if (received.kind !== "commit") throw new mls.MlsError("malformed", "not a commit");
      if (received.removedSelf) {
        this.states.drop(batch, c.id);
        return;
      }
      this.#noStrangers(c, received.next);
      this.states.put(batch, c.id, { ...held, group: received.next, epoch: Number(mls.epoch(received.next)) });
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const { why } = whyOf(reasonOf(error));
      if (why === "refused" || why === "forged") {
        // not followed: the state stays where it was, and nothing is sent to that epoch
        c.refused = true;
        this.#cannot(batch, c, entry.header, why, "reset");
      } else {
        this.states.break(batch, c.id, held, "damaged");
        this.#cannot(batch, c, entry.header, why, c.kind === "private" ? "nothing" : "rejoining");
      }
    }
  }

  /** Who came and went, as a row; the group's making is one row. */
  #announce(batch: Batch, c: ConversationRecord, header: wire.EntryHeader, body: wire.CommitBody): void {
    const time = Date.parse(header.time);
    const info = (what: string, account: string | null, devices: number, nth: number) =>
      putRow(
        this.core,
        batch,
        c,
        { type: "info", seq: header.seq, time, info: what, account, devices },
        c.base + header.seq + nth / 100,
      );
    if (body.epoch === 1) return info("group_made", body.committer.account, body.added.length + 1, 0);
    if (body.external && body.committer.device === this.core.device) return info("rejoined", this.core.account, 1, 0);

    let nth = 0;
    for (const [what, leaves] of [["device_removed", body.removed], ["device_added", body.added]] as const) {
      const accounts = new Set(leaves.map((leaf) => leaf.account));
      // a device that rejoins leaves and comes in one commit: no news
      if (body.external) continue;
      for (const account of accounts) {
        info(what, account, leaves.filter((leaf) => leaf.account === account).length, nth++);
      }
    }
  }

  #setting(batch: Batch, c: ConversationRecord, header: wire.EntryHeader): void {
    const body = header.body ?? {};
    if (body.type !== "group_reset" || typeof body.group_id !== "string") return;
    if (c.kind === "private") return; // never made anew: its two devices are those of its first group
    this.states.drop(batch, c.id);
    this.states.dropPending(batch, c.id);
    c.groupId = body.group_id;
    c.epoch = 0;
    c.leaves = [];
    c.refused = false;
    c.failures = 0;
    const account = typeof body.by === "string" ? body.by : (header.sender ?? null);
    const time = Date.parse(header.time);
    putRow(this.core, batch, c, { type: "info", seq: header.seq, time, info: "group_reset", account, devices: 0 });
    this.hooks.work(c.id);
  }
}

function reasonOf(error: unknown): mls.MlsReason {
  return error instanceof mls.MlsError ? error.reason : "malformed";
}

type Place = Pick<wire.ServerLeaf, "leaf" | "account" | "device">;

function moved(leaves: readonly Place[], body: wire.CommitBody): Place[] {
  const gone = new Set(body.removed.map((leaf) => leaf.leaf));
  const come = [...body.added, ...(body.external ? [body.committer] : [])];
  const stay = leaves.filter((leaf) => !gone.has(leaf.leaf) && !come.some((one) => one.leaf === leaf.leaf));
  const all = [...stay, ...come];
  if (!all.some((leaf) => leaf.leaf === body.committer.leaf)) all.push(body.committer);
  return all.sort((a, b) => a.leaf - b.leaf);
}

function sameGroup(c: ConversationRecord, group: mls.Group): boolean {
  return toBase64url(mls.groupId(group)) === c.groupId;
}
