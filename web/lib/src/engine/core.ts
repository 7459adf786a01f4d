// What all parts of the engine share: the store, the network, and the state of
// this device in memory. Memory is what was asked to be written: changes are
// made there and put into a batch in the same turn, and the store writes
// batches in order or stops the engine.

import { Api, fromBase64url, unreachable, type Line } from "../net/index.ts";
import { Batch, type Store } from "../store/index.ts";
import type { DeviceIdentity } from "../mls/index.ts";
import { problem } from "../net/index.ts";
import {
  keys,
  type ConversationRecord,
  type IdentityRecord,
  type OutboxRecord,
  type PersonRecord,
  type RowRecord,
  type SessionRecord,
} from "./records.ts";

export interface OutboxItem extends OutboxRecord {
  ciphertext: Uint8Array;
}

export interface Environment {
  now(): number;
  random(): number;
  /** what failed and will be tried again; for those who look for a fault */
  log?(what: string, error: unknown): void;
}

/** A row as it was asked to be written; what is shown of the rows that are there; or rows that only the store knows. */
export type RowChange = { key: string; value: RowRecord } | "shown" | "stored";
export type RowListener = (conversation: string, change: RowChange) => void;

export class Core {
  session: SessionRecord | null = null;
  identity: IdentityRecord | null = null;
  readonly conversations = new Map<string, ConversationRecord>();
  readonly people = new Map<string, PersonRecord>();
  /** by conversation, in order */
  readonly outbox = new Map<string, OutboxItem[]>();
  /** the socket said `drained` since it was last connected */
  drained = false;
  /** close() was called: nothing new is begun */
  stopped = false;

  readonly rowListeners = new Set<RowListener>();
  changed: () => void = () => {};

  constructor(
    readonly store: Store,
    readonly api: Api,
    readonly line: Line,
    readonly env: Environment,
  ) {}

  async load(): Promise<void> {
    this.session = (await this.store.get<SessionRecord>(keys.session))?.value ?? null;
    this.identity = (await this.store.get<IdentityRecord>(keys.identity))?.value ?? null;
    for (const { value } of await this.store.all<ConversationRecord>(keys.conversations)) {
      this.conversations.set(value.id, value);
    }
    for (const { value } of await this.store.all<PersonRecord>(keys.people)) this.people.set(value.account, value);
    for (const { value, bytes } of await this.store.all<OutboxRecord>(keys.outbox)) {
      const items = this.outbox.get(value.conversation) ?? [];
      items.push({ ...value, ciphertext: bytes });
      this.outbox.set(value.conversation, items);
    }
  }

  // ---- what a step needs ----

  get account(): string {
    if (!this.session) throw problem("signed_out", "Nobody is signed in.");
    return this.session.account;
  }

  get device(): string {
    if (!this.session) throw problem("signed_out", "Nobody is signed in.");
    return this.session.device;
  }

  get deviceIdentity(): DeviceIdentity {
    if (!this.identity) throw problem("not_ready", "This device has no keys yet.");
    return {
      account: this.account,
      device: this.device,
      signaturePublic: fromBase64url(this.identity.devicePublic),
      signaturePrivate: fromBase64url(this.identity.devicePrivate),
    };
  }

  get ready(): boolean {
    return !!this.session?.token && this.session.verified && this.session.approved && this.session.prepared;
  }

  /** Own commits and messages may go out. */
  get live(): boolean {
    return this.ready && this.drained && !this.stopped;
  }

  conversation(id: string): ConversationRecord {
    const found = this.conversations.get(id);
    if (!found) throw problem("not_found", "There is no such conversation on this device.");
    return found;
  }

  // ---- writing ----

  putSession(batch: Batch, change: Partial<SessionRecord>): void {
    if (!this.session) return;
    Object.assign(this.session, change);
    batch.put(keys.session, this.session);
    this.changed();
  }

  saveSession(change: Partial<SessionRecord>): Promise<void> {
    const batch = new Batch();
    this.putSession(batch, change);
    return this.store.write(batch);
  }

  saveIdentity(identity: IdentityRecord): Promise<void> {
    this.identity = identity;
    return this.store.write(new Batch().put(keys.identity, identity));
  }

  putConversation(batch: Batch, c: ConversationRecord): void {
    this.conversations.set(c.id, c);
    batch.put(keys.conversation(c.id), c);
    this.changed();
  }

  saveConversation(c: ConversationRecord): Promise<void> {
    const batch = new Batch();
    this.putConversation(batch, c);
    return this.store.write(batch);
  }

  putPerson(batch: Batch, person: PersonRecord): void {
    this.people.set(person.account, person);
    batch.put(keys.person(person.account), person);
    this.changed();
  }

  rowsChanged(conversation: string, change: RowChange): void {
    for (const listener of this.rowListeners) listener(conversation, change);
  }
}

/** Steps that wait in a lane; entries past it are read from the log again later. */
export const LANE_MAX = 5_000;

/** Runs what is given one after the other. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= LANE_MAX) return Promise.reject(unreachable("busy", "Too much waits to be done."));
    this.#waiting++;
    const result = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = result.catch(() => {});
    return result;
  }

  async settled(): Promise<void> {
    await this.#last;
  }
}

/** Names that are kept as they come: one lane, one timer, … a conversation. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    let lane = this.#lanes.get(name);
    if (!lane) this.#lanes.set(name, (lane = new Lane()));
    return lane.run(work);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.settled()));
  }
}
