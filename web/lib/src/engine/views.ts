// What applications see, made from what the engine keeps. Views that didn't
// change keep their identity, so that an interface can skip them.

import type { wire } from "../net/index.ts";
import type { Core, OutboxItem } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Outbox } from "./outbox.ts";
import type { Worker } from "./worker.ts";
import { positionOf, type ConversationRecord, type MemberRecord, type PersonRecord, type RowRecord } from "./records.ts";
import type { Blocked, ConversationView, DeviceView, Me, Person, PrivateView, Row, RowState } from "./types.ts";

/** Queued rows stand after all entries. */
const QUEUED_AT = 2 ** 52;

/** The one that was there, if it says the same. */
export function keep<T>(old: T | undefined, now: T): T {
  return old !== undefined && JSON.stringify(old) === JSON.stringify(now) ? old : now;
}

export function deviceView(device: wire.Device, current: string, person: PersonRecord | null): DeviceView {
  return {
    id: device.id,
    name: device.name,
    platform: device.platform,
    state: device.state,
    current: device.id === current,
    created: Date.parse(device.created),
    lastSeen: device.last_seen ? Date.parse(device.last_seen) : null,
    address: device.address ?? null,
    signedIn: device.signed_in ?? true,
    certified: person?.devices.some((known) => known.device === device.id) ?? false,
    asksToLink: device.state === "pending" && !!device.link?.offer && !device.link.sealed,
  };
}

export class Views {
  readonly #conversations = new Map<string, ConversationView>();
  #list: readonly ConversationView[] = [];

  constructor(
    private readonly core: Core,
    private readonly directory: Directory,
    private readonly outbox: Outbox,
    private readonly worker: Worker,
  ) {}

  me(): Me | null {
    const s = this.core.session;
    if (!s) return null;
    const { account, device, username, email, displayName, verified, recovery, erasedAfter, kept } = s;
    return { account, device, username, email, displayName, verified, recovery, erasedAfter: erasedAfter ?? null, kept: kept === true };
  }

  list(): readonly ConversationView[] {
    const shown = [...this.core.conversations.values()].filter(
      (c) => c.kind !== "self" && c.payload === "mls" && !c.hidden,
    );
    const list = shown.map((c) => {
      const view = keep(this.#conversations.get(c.id), this.conversation(c));
      this.#conversations.set(c.id, view);
      return view;
    });
    list.sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1));
    const same = list.length === this.#list.length && list.every((view, n) => view === this.#list[n]);
    if (!same) this.#list = list;
    return this.#list;
  }

  conversation(c: ConversationRecord): ConversationView {
    const other = this.other(c);
    const peer = other ? this.person(other) : null;
    const items = this.outbox.items(c.id);
    return {
      id: c.id,
      kind: c.kind as ConversationView["kind"],
      title: c.title ?? peer?.displayName ?? "",
      peer,
      unread: c.unread,
      preview: items.length > 0 ? { text: items.at(-1)!.text.slice(0, 200), mine: true, kind: "text" } : c.preview,
      time: c.time,
      verified: c.kind === "private" ? c.verified : (peer?.verified ?? false),
      keyChanged: peer?.keyChanged ?? false,
      blocked: this.#blocked(c, items),
      draft: c.draft,
      queued: items.filter((item) => item.failed === null).length,
      failed: items.filter((item) => item.failed !== null).length,
      private: this.#private(c),
      joined: this.#joined(c),
      // another device may have added one meanwhile
      missingDevices: (c.missing?.devices ?? []).filter((device) => !c.leaves.some((leaf) => leaf.device === device)).length,
    };
  }

  other(c: ConversationRecord): MemberRecord | null {
    return c.members.find((member) => member.account !== this.core.account) ?? null;
  }

  person(member: { account: string; username: string; displayName: string }): Person {
    const known = this.directory.person(member.account);
    return {
      account: member.account,
      username: member.username,
      displayName: member.displayName,
      verified: known?.verified ?? false,
      keyChanged: known?.keyChanged ?? false,
      key: known?.publicKey ?? null,
    };
  }

  #joined(c: ConversationRecord): boolean {
    if (c.kind === "private") return this.#here(c) && c.state === "open";
    return c.epoch === 0 || c.leaves.some((leaf) => leaf.device === this.core.device);
  }

  #blocked(c: ConversationRecord, items: readonly OutboxItem[]): Blocked | null {
    if (c.state === "closed") return "closed";
    if (c.blocking) return "by_you";
    if (c.kind === "private") {
      if (!this.#here(c)) return "other_device";
      if (c.epoch === 0) return "private_waiting";
    }
    if (c.refused) return "refused";
    if (this.worker.blocked(c)) return "key_changed";
    if (!this.#joined(c)) return "not_joined";
    const nobody = c.epoch === 0 && items.length > 0 && this.#others(c).every((person) => person && person.devices.length === 0);
    return nobody ? "no_devices" : null;
  }

  #others(c: ConversationRecord) {
    return c.members
      .filter((member) => member.account !== this.core.account)
      .map((member) => this.directory.person(member.account));
  }

  #here(c: ConversationRecord): boolean {
    return c.private?.from_device === this.core.device || c.private?.to_device === this.core.device;
  }

  #private(c: ConversationRecord): PrivateView | null {
    const p = c.private;
    if (!p) return null;
    const state = c.state === "closed" ? "closed" : p.state;
    const mine = p.from_account === this.core.account;
    return {
      state,
      mine,
      here: this.#here(c),
      canAccept: state === "offered" && !mine,
      fromDevice: p.from_device,
      toDevice: p.to_device,
      expires: p.expires ? Date.parse(p.expires) : null,
    };
  }

  // ---- rows ----

  row(c: ConversationRecord, key: string, record: RowRecord): Row {
    const base = { key: this.#rowKey(key, record), position: positionOf(key), seq: record.seq, time: record.time };
    switch (record.type) {
      case "message":
        return {
          ...base,
          type: "message",
          id: record.id,
          mine: record.mine,
          sender: record.sender,
          senderName: this.#name(c, record.sender),
          device: record.device,
          text: record.text,
          state: record.mine ? this.#rowState(c, base.position) : "accepted",
          problem: null,
          restored: record.restored,
        };
      case "info":
        return {
          ...base,
          type: "info",
          info: record.info,
          account: record.account,
          accountName: record.account ? this.#name(c, record.account) : "",
          devices: record.devices,
        };
      case "key_change":
        return {
          ...base,
          type: "key_change",
          account: record.account,
          accountName: this.#name(c, record.account),
          wasVerified: record.wasVerified,
        };
      case "undecryptable":
        return {
          ...base,
          type: "undecryptable",
          why: record.why,
          next: record.next,
          sender: record.sender,
          senderName: record.sender ? this.#name(c, record.sender) : "",
        };
      case "expired":
        return { ...base, type: "expired", count: record.count };
    }
  }

  queued(c: ConversationRecord, item: OutboxItem, n: number): Row {
    const state: RowState = item.failed ? "failed" : this.outbox.sending.has(item.id) ? "sending" : "queued";
    return {
      type: "message",
      key: `message/${item.id}`,
      position: QUEUED_AT + n,
      seq: null,
      time: item.created,
      id: item.id,
      mine: true,
      sender: this.core.account,
      senderName: this.#name(c, this.core.account),
      device: this.core.device,
      text: item.text,
      state,
      problem: item.failed,
      restored: false,
    };
  }

  /** An own message's row keeps the key that it had in the outbox. */
  #rowKey(key: string, record: RowRecord): string {
    const own = record.type === "message" && record.mine && record.device === this.core.device;
    return own ? `message/${record.id}` : key;
  }

  #rowState(c: ConversationRecord, position: number): RowState {
    const others = c.members.filter((member) => member.account !== this.core.account);
    if (others.length === 0) return "accepted";
    if (others.every((member) => c.base + member.read >= position)) return "read";
    if (others.every((member) => c.base + member.delivered >= position)) return "delivered";
    return "accepted";
  }

  #name(c: ConversationRecord, account: string): string {
    const member = c.members.find((one) => one.account === account);
    return member?.displayName ?? this.directory.person(account)?.displayName ?? "";
  }
}
