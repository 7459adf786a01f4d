// Messages on their way. They are on this device until the server has numbered
// them, go out one at a time in the order they were written, and are encrypted
// anew only when the server says that their epoch is over.

import { codeOf, ProblemError, problem, type Problem, type wire } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as mls from "../mls/index.ts";
import { free, promise } from "./ahead.ts";
import type { Core, OutboxItem } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Inbox } from "./inbox.ts";
import { checkText, encodeContent } from "./rows.ts";
import type { States } from "./states.ts";
import { keys, type ConversationRecord } from "./records.ts";

/** Messages that wait in one conversation. */
const QUEUE_MAX = 1000;
/** Epochs that may overtake one message, before it waits for a later turn. */
const STALE_MAX = 10;
/**
 * So long a new message waits to be written together with its encryption, which
 * begins at once when nothing is in the way; else it is written alone.
 */
const TOGETHER = 10;
/** It is shown when it is stored, or after so long: drawing it earlier would only delay its leaving. */
const SHOWN_AFTER = 30;
const NONE = new Uint8Array(0);

interface Unsaved {
  item: OutboxItem;
  timer: ReturnType<typeof setTimeout>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Of the session or of this device's place in the group, not of the message. */
const NOT_ITS_FAULT = new Set(["unauthorized", "token_expired", "device_revoked", "not_joined", "device_pending", "not_verified"]);

function permanent(error: ProblemError): boolean {
  return !error.retryable && !NOT_ITS_FAULT.has(error.code) && !error.code.startsWith("storage_");
}

export class Outbox {
  /** messages that are being sent now */
  readonly sending = new Set<string>();
  /** new messages that nobody was promised yet */
  readonly #unsaved = new Map<string, Unsaved>();
  /** conversations of which nothing is told until their new message is stored, and until when */
  readonly #quiet = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly core: Core,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly inbox: Inbox,
  ) {}

  items(conversation: string): readonly OutboxItem[] {
    return this.core.outbox.get(conversation) ?? [];
  }

  /** Whether something waits to be sent that no person must decide about. */
  waiting(conversation: string): boolean {
    return this.items(conversation).some((item) => item.failed === null);
  }

  async add(c: ConversationRecord, text: string): Promise<string> {
    checkText(text);
    const items = this.core.outbox.get(c.id) ?? [];
    if (items.length >= QUEUE_MAX) throw problem("outbox_full", "Too many messages wait to be sent.", { max: QUEUE_MAX });
    const created = this.core.env.now();
    const order = Math.max(created, (items.at(-1)?.order ?? 0) + 1);
    const item: OutboxItem = {
      id: crypto.randomUUID(),
      conversation: c.id,
      order,
      text,
      created,
      epoch: null,
      attempts: 0,
      failed: null,
      ciphertext: NONE,
    };
    this.core.outbox.set(c.id, [...items, item]);
    c.draft = "";
    c.time = Math.max(c.time, created);
    const written = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#writeNew(item.id), TOGETHER);
      this.#unsaved.set(item.id, { item, timer, resolve, reject });
    });
    if (items.length > 0 || !this.core.live) this.#writeNew(item.id);
    else this.#quiet.set(c.id, setTimeout(() => this.#speak(c.id), SHOWN_AFTER));
    this.#tell(c.id);
    await written.finally(() => this.#speak(c.id));
    return item.id;
  }

  /** Writes what waits to be written with its encryption: the engine ends. */
  flush(): void {
    for (const id of [...this.#unsaved.keys()]) this.#writeNew(id);
  }

  #writeNew(id: string): void {
    const unsaved = this.#claim(id);
    if (!unsaved) return;
    const batch = new Batch();
    if (this.items(unsaved.item.conversation).includes(unsaved.item)) this.#putNew(batch, unsaved.item);
    this.core.store.write(batch).then(unsaved.resolve, unsaved.reject);
  }

  #putNew(batch: Batch, item: OutboxItem): void {
    this.#put(batch, item);
    batch.put(keys.conversation(item.conversation), this.core.conversation(item.conversation));
  }

  /** Who takes it has to write it. */
  #claim(id: string): Unsaved | null {
    const unsaved = this.#unsaved.get(id) ?? null;
    if (unsaved) clearTimeout(unsaved.timer);
    this.#unsaved.delete(id);
    return unsaved;
  }

  async retry(conversation: string, id: string): Promise<void> {
    const item = this.#find(conversation, id);
    item.failed = null;
    await this.#save(item);
  }

  /** false: it is under way, or there. */
  async cancel(conversation: string, id: string): Promise<boolean> {
    const item = this.items(conversation).find((one) => one.id === id);
    // what was sent without an answer may be there: only its repeat can tell
    if (!item || this.sending.has(id) || (item.attempts > 0 && item.failed === null)) return false;
    const left = this.items(conversation).filter((one) => one !== item);
    if (left.length > 0) this.core.outbox.set(conversation, left);
    else this.core.outbox.delete(conversation);
    this.#writeNew(id);
    await this.core.store.write(new Batch().remove(keys.outboxItem(conversation, item.order)));
    this.#tell(conversation);
    return true;
  }

  /** Sends what waits, until nothing does or something is in the way. */
  async send(c: ConversationRecord): Promise<void> {
    let item: OutboxItem | undefined;
    while (this.core.live && (item = this.items(c.id).find((one) => one.failed === null))) {
      this.sending.add(item.id);
      this.#tell(c.id);
      try {
        await this.#sendOne(c, item);
      } catch (error) {
        if (!(error instanceof ProblemError) || !permanent(error)) throw error;
        await this.#fail(item, error.problem);
      } finally {
        this.sending.delete(item.id);
        this.#tell(c.id);
      }
    }
  }

  async #sendOne(c: ConversationRecord, item: OutboxItem): Promise<void> {
    for (let stale = 0; stale < STALE_MAX; stale++) {
      if (!this.items(c.id).includes(item)) return; // its entry came meanwhile
      if (item.epoch === null) await this.#encrypt(c, item);
      try {
        const sent = await this.#transmit(c, item);
        await this.#settle(c, item, sent);
        return;
      } catch (error) {
        const code = codeOf(error);
        if (code === "idempotency_conflict") {
          // an earlier ciphertext of it arrived after all: its entry settles it
          await this.inbox.catchUp(c.id);
          if (!this.items(c.id).includes(item)) return;
          throw error;
        }
        if (code !== "stale_epoch") throw error;
        item.epoch = null;
        item.ciphertext = NONE;
        await this.#save(item);
        await this.inbox.catchUp(c.id);
      }
    }
    throw new ProblemError({
      code: "stale_epoch",
      title: "The group changes too fast; the message goes out later.",
      status: 0,
      retryable: true,
      details: {},
    });
  }

  /** The state that must never be used twice is kept before the message leaves. */
  #encrypt(c: ConversationRecord, item: OutboxItem): Promise<void> {
    return this.states.lanes.run(c.id, async () => {
      const held = await this.states.get(c.id);
      if (!held || held.broken || c.refused) throw problem("not_joined", "This device isn't in the group.");
      // it may have come to light while the messages before this one were sent
      if (c.members.some((member) => this.directory.person(member.account)?.mustConfirm)) {
        throw problem("not_joined", "A verified person's key changed; somebody must look at it first.");
      }
      const leaves = mls.leaves(held.group);
      if (this.directory.strangers(c, leaves).length > 0) {
        c.refused = true;
        await this.core.saveConversation(c);
        throw problem("not_joined", "A device is in the group that doesn't belong there.");
      }
      if (this.directory.uncertified(leaves).length > 0) throw problem("not_joined", "A device in the group isn't certified, or not any more.");
      const content = encodeContent(item.id, item.text, item.created);
      const batch = new Batch();
      const unsaved = this.#claim(item.id);
      let failed: unknown = null;
      try {
        const { next, message } = await mls.encrypt(held.group, content, NONE);
        this.states.put(batch, c.id, { ...held, group: next, sent: held.sent + 1 });
        item.epoch = held.epoch;
        item.ciphertext = message;
        item.attempts ||= 1; // from here on it may be there: nobody takes it back unasked
      } catch (error) {
        this.states.break(batch, c.id, held, "damaged");
        failed = error;
      }
      if (unsaved) this.#putNew(batch, item);
      else this.#put(batch, item);
      const written = this.core.store.write(batch);
      if (unsaved) written.then(unsaved.resolve, unsaved.reject);
      await written;
      if (failed !== null) throw failed;
    });
  }

  async #transmit(c: ConversationRecord, item: OutboxItem): Promise<wire.Sent> {
    const header = { conversation: c.id, client_id: item.id, epoch: item.epoch! };
    return (await this.core.line.request("entry_send", header, item.ciphertext)).ok as unknown as wire.Sent;
  }

  #settle(c: ConversationRecord, item: OutboxItem, sent: wire.Sent): Promise<void> {
    return this.states.lanes.run(c.id, async () => {
      if (!this.items(c.id).includes(item)) return;
      // entries up to the cursor are rows, and none of them was this message's
      if (!free(c, sent.seq) || Number.isNaN(Date.parse(sent.time))) {
        throw problem("bad_answer", "The server says that this message is another entry.", { seq: sent.seq });
      }
      const batch = new Batch();
      promise(c, sent.seq, item.id);
      this.inbox.settle(batch, c, item, sent.seq, Date.parse(sent.time));
      this.core.putConversation(batch, c);
      await this.core.store.write(batch);
    });
  }

  async #fail(item: OutboxItem, why: Problem): Promise<void> {
    item.failed = why;
    item.epoch = null;
    item.ciphertext = NONE;
    item.attempts = 0;
    await this.#save(item);
  }

  #find(conversation: string, id: string): OutboxItem {
    const item = this.items(conversation).find((one) => one.id === id);
    if (!item) throw problem("not_found", "The message isn't in the outbox.");
    return item;
  }

  #put(batch: Batch, item: OutboxItem): void {
    const { ciphertext, ...record } = item;
    batch.put(keys.outboxItem(item.conversation, item.order), record, ciphertext);
    this.#tell(item.conversation);
  }

  async #save(item: OutboxItem): Promise<void> {
    if (!this.items(item.conversation).includes(item)) return;
    const batch = new Batch();
    this.#put(batch, item);
    await this.core.store.write(batch);
  }

  #speak(conversation: string): void {
    clearTimeout(this.#quiet.get(conversation));
    this.#quiet.delete(conversation);
    this.#tell(conversation);
  }

  #tell(conversation: string): void {
    if (this.#quiet.has(conversation)) return;
    this.core.rowsChanged(conversation, "shown");
    this.core.changed();
  }
}
