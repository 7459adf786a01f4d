// The list of conversations: the server's representation merged into what this
// device knows, receipts, unread counts, drafts.

import { codeOf, type wire } from "../net/index.ts";
import { after, Batch } from "../store/index.ts";
import type { Core } from "./core.ts";
import { between } from "./directory.ts";
import { putRow } from "./rows.ts";
import type { States } from "./states.ts";
import { keys, positionOf, type ConversationRecord, type RowRecord } from "./records.ts";

/** Rows that are looked at for an unread count. */
const UNREAD_MAX = 1000;

export class Conversations {
  constructor(
    private readonly core: Core,
    private readonly states: States,
    private readonly work: (conversation: string) => void,
  ) {}

  /** All representations; those that are gone are closed here. */
  async refreshAll(): Promise<void> {
    // one that is opened meanwhile may be missing in the list
    const before = [...this.core.conversations.values()];
    const all = await this.core.api.conversations();
    for (const said of all) await this.#merge(said);
    const there = new Set(all.map((said) => said.id));
    for (const c of before) {
      if (there.has(c.id) || c.state === "closed" || c.kind === "self") continue;
      c.state = "closed";
      await this.core.saveConversation(c);
    }
  }

  async refresh(id: string): Promise<ConversationRecord | null> {
    try {
      return await this.#merge(await this.core.api.conversation(id));
    } catch (error) {
      if (codeOf(error) === "not_found") return null;
      throw error;
    }
  }

  /** Those of two with that account: what they are to this one changed. */
  async refreshOf(account: string): Promise<void> {
    for (const c of [...this.core.conversations.values()]) {
      if (c.kind === "group" || c.kind === "self" || !c.members.some((member) => member.account === account)) continue;
      await this.refresh(c.id);
    }
  }

  /** For the inbox: called inside the conversation's lane, about one that isn't known. */
  async introduce(id: string): Promise<void> {
    try {
      await this.#take(await this.core.api.conversation(id));
    } catch (error) {
      if (codeOf(error) !== "device_pending") throw error;
      // the server's word, for it may have approved the device and the device not know it yet:
      // all that a pending one is sent are entries of its account's own conversation
      const c: ConversationRecord = { ...EMPTY, id, kind: "self", payload: "opaque", time: this.core.env.now() };
      await this.core.saveConversation(c);
    }
  }

  take(said: wire.Conversation): Promise<ConversationRecord> {
    return this.#merge(said);
  }

  #merge(said: wire.Conversation): Promise<ConversationRecord> {
    return this.states.lanes.run(said.id, () => this.#take(said));
  }

  async #take(said: wire.Conversation): Promise<ConversationRecord> {
    const batch = new Batch();
    const known = this.core.conversations.get(said.id);
    if (known && !agrees(known, said)) {
      known.refused = true;
      this.core.putConversation(batch, known);
      await this.core.store.write(batch);
      return known;
    }
    const c = known ?? fresh(said);
    c.members = this.#people(said).map((member) => {
      const before = known?.members.find((one) => one.account === member.account);
      return {
        account: member.account,
        username: member.username,
        displayName: member.display_name,
        delivered: Math.max(member.delivered, before?.delivered ?? 0),
        read: Math.max(member.read, before?.read ?? 0),
      };
    });
    c.kind = said.kind;
    c.payload = said.payload;
    c.title = said.title ?? null;
    c.state = said.state ?? "open";
    c.blocking = said.blocked === true;
    // a device that is named once stays so
    c.private = said.private ? { ...said.private, to_device: said.private.to_device ?? known?.private?.to_device ?? null } : (known?.private ?? null);
    c.hidden = c.hidden && c.state === "closed";
    c.lastSeq = Math.max(c.lastSeq, said.last_seq);
    // of two views of the group the one that has seen more entries is right
    if (said.payload === "mls" && said.last_seq >= c.cursor && this.#newer(c, said)) {
      c.epoch = said.epoch ?? 0;
      c.groupId = said.group_id ?? "";
      c.suite = said.cipher_suite ?? 1;
      c.leaves = said.leaves ?? [];
    }

    const own = said.members.find((member) => member.account === this.core.account);
    const read = c.base + Math.max(said.read, own?.read ?? 0);
    if (read > c.read) await this.#moveRead(c, read);
    await this.#noticeLoss(batch, c, said);
    if (c.kind === "private" && c.state === "closed") await this.#forgetKeys(batch, c);
    this.core.putConversation(batch, c);
    this.core.rowsChanged(c.id, "shown");
    await this.core.store.write(batch);
    this.work(c.id);
    return c;
  }

  /** A conversation of two has two: whoever else the server names is not let in. */
  #people(said: wire.Conversation): wire.Member[] {
    if (said.kind === "group" || said.kind === "self") return said.members;
    const own = said.members.filter((member) => member.account === this.core.account).slice(0, 1);
    return [...own, ...said.members.filter((member) => member.account !== this.core.account).slice(0, 1)];
  }

  #newer(c: ConversationRecord, said: wire.Conversation): boolean {
    return (said.epoch ?? 0) >= c.epoch || said.group_id !== c.groupId || said.last_seq > c.cursor;
  }

  /** Everything is read and yet the epochs differ: commits were missed, or the log went back. */
  async #noticeLoss(batch: Batch, c: ConversationRecord, said: wire.Conversation): Promise<void> {
    // of what is said while the other one is blocked nothing comes
    if (said.payload !== "mls" || said.blocked || said.last_seq !== c.cursor) return;
    const held = await this.states.get(c.id);
    if (held && !held.broken && held.epoch !== c.epoch && !c.refused) this.states.break(batch, c.id, held, "missed");
  }

  /** A closed private conversation can be read here, and never be gone on with. */
  async #forgetKeys(batch: Batch, c: ConversationRecord): Promise<void> {
    if (!(await this.states.get(c.id)) && !(await this.states.pending(c.id))) return;
    this.states.drop(batch, c.id);
    this.states.dropPending(batch, c.id);
    const row = { type: "info", seq: c.cursor, time: this.core.env.now(), info: "private_closed", account: null, devices: 0 } as const;
    putRow(this.core, batch, c, row, between(c));
  }

  // ---- receipts ----

  async receipt(receipt: wire.Receipt): Promise<void> {
    const c = this.core.conversations.get(receipt.conversation);
    const member = c?.members.find((one) => one.account === receipt.account);
    if (!c || !member) return;
    member.delivered = Math.max(member.delivered, receipt.delivered ?? 0);
    member.read = Math.max(member.read, receipt.read ?? 0);
    if (receipt.account === this.core.account && c.base + member.read > c.read) {
      await this.#moveRead(c, c.base + member.read);
    }
    this.core.rowsChanged(c.id, "shown");
    await this.core.saveConversation(c);
  }

  /** The person has seen everything up to an entry: told to the server when it can be. */
  async markRead(c: ConversationRecord, seq: number): Promise<void> {
    const position = c.base + Math.min(seq, c.cursor);
    if (position <= c.read) return;
    await this.#moveRead(c, position);
    await this.core.saveConversation(c);
    await this.tellRead(c);
  }

  /** Repeats what could not be told while offline; the server only moves forward. */
  async tellRead(c: ConversationRecord): Promise<void> {
    const own = c.members.find((member) => member.account === this.core.account);
    const seq = Math.min(Math.floor(c.read) - c.base, c.cursor);
    if (!own || seq <= own.read || seq < 1 || !this.core.ready || this.core.line.state === "offline") return;
    try {
      await this.core.api.read(c.id, seq);
      own.read = Math.max(own.read, seq);
      await this.core.saveConversation(c);
    } catch {
      // told again after the next drain
    }
  }

  async #moveRead(c: ConversationRecord, position: number): Promise<void> {
    c.read = position;
    const rows = await this.core.store.range<RowRecord>(
      keys.row(c.id, position + 0.001),
      after(keys.rows(c.id)),
      UNREAD_MAX,
      true,
    );
    c.unread = rows.filter(({ value, key }) => value.type === "message" && !value.mine && positionOf(key) > position).length;
  }

  async setDraft(c: ConversationRecord, text: string): Promise<void> {
    if (c.draft === text) return;
    c.draft = text;
    await this.core.saveConversation(c);
  }

  /** The log is another one: numbers start anew above the rows that are there. */
  async restart(logEpoch: string): Promise<void> {
    const batch = new Batch();
    for (const c of this.core.conversations.values()) {
      c.base += Math.max(c.cursor, c.lastSeq);
      c.cursor = 0;
      c.lastSeq = 0;
      c.epoch = 0; // the new log says its epochs anew
      c.leaves = [];
      delete c.ahead;
      for (const member of c.members) member.delivered = member.read = 0;
      this.core.putConversation(batch, c);
    }
    this.core.putSession(batch, { logEpoch });
    await this.core.store.write(batch);
  }
}

/**
 * What a conversation is, and in one of two who they are (of a private one with
 * which device), is settled at first sight: else the server could change a
 * private one into another kind, or name a third as its member.
 */
function agrees(known: ConversationRecord, said: wire.Conversation): boolean {
  if (known.kind === "self" || known.kind === "group") return said.kind === known.kind;
  if (said.kind !== known.kind || said.payload !== known.payload) return false;
  if (!said.members.every(({ account }) => known.members.some((member) => member.account === account))) return false;
  const [a, b] = [known.private, said.private];
  if (known.kind !== "private" || !a || !b) return true;
  const same = a.from_account === b.from_account && a.from_device === b.from_device && a.to_account === b.to_account;
  return same && (a.to_device === null || b.to_device === null || a.to_device === b.to_device);
}

const EMPTY: Omit<ConversationRecord, "id" | "kind" | "payload" | "time"> = {
  title: null,
  members: [],
  state: "open",
  private: null,
  cursor: 0,
  base: 0,
  lastSeq: 0,
  epoch: 0,
  groupId: "",
  suite: 1,
  leaves: [],
  read: 0,
  unread: 0,
  preview: null,
  draft: "",
  missing: null,
  failures: 0,
  refused: false,
  verified: false,
  hidden: false,
};

function fresh(said: wire.Conversation): ConversationRecord {
  const { id, kind, payload } = said;
  return { ...EMPTY, id, kind, payload, time: Date.parse(said.active ?? said.created), leaves: [], members: [] };
}
