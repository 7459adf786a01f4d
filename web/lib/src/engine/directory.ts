// Who has which devices: account keys pinned at first sight, devices with a
// certificate under them, and what changes. Leaves of groups are judged by it.

import { fromBase64url, toBase64url, type wire } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import { verifyCertificate } from "../identity/index.ts";
import type { CheckLeaf, Leaf } from "../mls/index.ts";
import { Lanes, type Core } from "./core.ts";
import { putRow } from "./rows.ts";
import type { ConversationRecord, KnownDevice, PersonRecord } from "./records.ts";

/** Former devices of an account whose leaves may still be met. */
const FORMER_MAX = 200;
/** After an interruption of the self log a directory is read again when it is so old. */
const FRESH = 10 * 60_000;

export class Directory {
  readonly #core: Core;
  readonly #lanes = new Lanes();

  constructor(core: Core) {
    this.#core = core;
  }

  person(account: string): PersonRecord | null {
    return this.#core.people.get(account) ?? null;
  }

  /** What the server said of an account may no longer be true; kept, so that a crash doesn't forget it. */
  invalidate(account: string, batch: Batch): void {
    const person = this.person(account);
    if (!person || person.fetched === 0) return;
    person.fetched = 0;
    this.#core.putPerson(batch, person);
  }

  invalidateOld(): void {
    for (const person of this.#core.people.values()) {
      if (this.#core.env.now() - person.fetched > FRESH) person.fetched = 0;
    }
  }

  /** The account's devices, read if they aren't known or may have changed. */
  ensure(account: string): Promise<PersonRecord> {
    return this.#lanes.run(account, async () => {
      const known = this.person(account);
      if (known && known.fetched > 0) return known;
      return this.#take(await this.#core.api.accountDevices(account));
    });
  }

  /** As it is now. */
  async reread(account: string): Promise<PersonRecord> {
    const known = this.person(account);
    if (known) known.fetched = 0;
    return this.ensure(account);
  }

  /** Reads the accounts whose leaves aren't known; what is left unknown check() refuses. */
  async ensureLeaves(leaves: readonly { account: string; device: string; signatureKey?: Uint8Array }[]): Promise<void> {
    const missing = new Set<string>();
    for (const leaf of leaves) {
      if (!this.#find(leaf.account, leaf.device)) missing.add(leaf.account);
    }
    for (const account of missing) await this.reread(account);
  }

  /** Certified under a pinned key of the account, now or once: enough to follow the log. */
  readonly check: CheckLeaf = (account, device, signatureKey) =>
    this.#find(account, device)?.signatureKey === toBase64url(signatureKey);

  /**
   * As check, for joining: devices that the server says are to be removed may
   * be in the tree, unknown to us; nothing is sent before they are out.
   */
  checkJoining(c: ConversationRecord): CheckLeaf {
    const condemned = new Set(c.leaves.filter((leaf) => leaf.removal_pending).map((leaf) => leaf.device));
    return (account, device, key) => this.check(account, device, key) || condemned.has(device);
  }

  /**
   * Leaves that may not be spoken to: of devices that aren't certified now. A
   * former one's certificate counts for what its leaf wrote, not for what it would read.
   */
  uncertified(leaves: readonly Leaf[]): Leaf[] {
    return leaves.filter(({ account, device, signatureKey }) => {
      const known = this.person(account)?.devices.find((one) => one.device === device);
      return known?.signatureKey !== toBase64url(signatureKey);
    });
  }

  /**
   * Leaves that have no business in a conversation: of accounts that aren't its
   * members, in a private one of any but its two devices. Certified or not, they
   * would read along.
   */
  strangers(c: ConversationRecord, leaves: readonly Leaf[]): Leaf[] {
    const p = c.private;
    if (c.kind === "private") {
      const pair = (leaf: Leaf) =>
        (leaf.account === p?.from_account && leaf.device === p.from_device) ||
        (leaf.account === p?.to_account && leaf.device === p.to_device);
      return leaves.filter((leaf) => !pair(leaf));
    }
    return leaves.filter((leaf) => !c.members.some((member) => member.account === leaf.account));
  }

  #find(account: string, device: string): KnownDevice | null {
    const person = this.person(account);
    if (!person) return null;
    const same = (known: KnownDevice) => known.device === device;
    return person.devices.find(same) ?? person.former.find(same) ?? null;
  }

  async #take(said: wire.AccountDevices): Promise<PersonRecord> {
    const old = this.person(said.account);
    const person: PersonRecord = old ?? {
      account: said.account,
      username: said.username,
      displayName: said.display_name,
      publicKey: null,
      version: 0,
      verified: false,
      keyChanged: false,
      mustConfirm: false,
      devices: [],
      former: [],
      fetched: 0,
    };
    person.username = said.username;
    person.displayName = said.display_name;
    person.fetched = this.#core.env.now();

    const batch = new Batch();
    const own = said.account === this.#core.account;
    // the own key is what this device holds, whatever the server says
    const pinned = own ? (this.#core.identity?.accountPublic ?? null) : person.publicKey;
    const changed = said.public_key !== null && pinned !== null && said.public_key !== pinned;
    if (!own && changed) this.#keyChanged(batch, person, said.public_key!);
    if (!own && said.public_key !== null) person.publicKey = said.public_key;
    if (own) person.publicKey = pinned;
    person.version = said.version;

    const certified = this.#certified(said, person.publicKey);
    const revoked = new Set(said.devices.filter((device) => device.revoked).map((device) => device.device));
    const former = new Map([...person.former, ...person.devices, ...certified].map((known) => [known.device, known]));
    person.devices = certified.filter((known) => !revoked.has(known.device));
    for (const { device } of person.devices) former.delete(device);
    person.former = [...former.values()].slice(-FORMER_MAX);
    this.#core.putPerson(batch, person);
    await this.#core.store.write(batch);
    return person;
  }

  #certified(said: wire.AccountDevices, publicKey: string | null): KnownDevice[] {
    if (publicKey === null) return [];
    const key = fromBase64url(publicKey);
    return said.devices
      .filter((device) => {
        try {
          const certificate = {
            created: device.certificate.created,
            signature: fromBase64url(device.certificate.signature),
          };
          return verifyCertificate(key, said.account, device.device, fromBase64url(device.signature_key), certificate);
        } catch {
          return false;
        }
      })
      .map((device) => ({ device: device.device, signatureKey: device.signature_key }));
  }

  /** A new account key: said in every conversation; a verified person's must be confirmed. */
  #keyChanged(batch: Batch, person: PersonRecord, key: string): void {
    const wasVerified = person.verified;
    person.publicKey = key;
    person.verified = false;
    person.keyChanged = true;
    person.mustConfirm ||= wasVerified;
    const time = this.#core.env.now();
    for (const c of this.#core.conversations.values()) {
      if (c.kind === "self" || !c.members.some((member) => member.account === person.account)) continue;
      // its safety number is of a device that the former key certified
      if (c.kind === "private") c.verified = false;
      const row = { type: "key_change", seq: c.cursor, time, account: person.account, wasVerified } as const;
      putRow(this.#core, batch, c, row, between(c));
      this.#core.putConversation(batch, c);
    }
  }
}

/** A position after the last entry and before the next, for rows that are no entries. */
export function between(c: ConversationRecord): number {
  return c.base + c.cursor + 0.5 + (Date.now() % 400) / 1000;
}
