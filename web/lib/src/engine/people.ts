// People: finding them, opening conversations with them, comparing safety
// numbers, taking note of changed keys.

import { codeOf, fromBase64url, problem, toBase64url } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import { compareSafetyQr, safetyNumber, type Fingerprinted } from "../identity/index.ts";
import type { Engine } from "./engine.ts";
import type { ConversationRecord, PersonRecord } from "./records.ts";
import type { Person, SafetyNumber } from "./types.ts";

export class People {
  constructor(private readonly engine: Engine) {}

  async find(username: string): Promise<Person | null> {
    try {
      const said = await this.engine.core.api.lookup(username.trim().replace(/^@/, "").toLowerCase());
      return this.engine.views.person({ account: said.id, username: said.username, displayName: said.display_name });
    } catch (error) {
      const code = codeOf(error);
      if (code === "not_found" || code === "invalid_parameter") return null;
      throw error;
    }
  }

  async add(username: string): Promise<string> {
    const person = await this.find(username);
    if (!person) throw problem("not_found", "Nobody has that user name.");
    return this.open(person.account);
  }

  async open(account: string): Promise<string> {
    if (account === this.engine.core.account) throw problem("own_account", "That is you.");
    const known = [...this.engine.core.conversations.values()].find(
      (c) => c.kind === "direct" && c.payload === "mls" && c.members.some((member) => member.account === account),
    );
    if (known) return known.id;
    const c = await this.engine.conversations.take(await this.engine.core.api.direct(account));
    if (c.payload !== "mls") throw problem("not_encrypted", "That conversation isn't end-to-end encrypted; this client opens no other.");
    return c.id;
  }

  async safetyNumber(conversation: string): Promise<SafetyNumber> {
    const c = this.engine.core.conversation(conversation);
    const { own, theirs, person } = await this.#sides(c);
    this.engine.compared.set(conversation, fingerprint(own, theirs));
    const { digits, qr } = await safetyNumber(own, theirs);
    const plain = digits.replace(/\D/g, "");
    const groups = plain.match(/.{5}/g) ?? [];
    return { digits: groups.join(" "), groups, qr, verified: c.kind === "private" ? c.verified : person.verified };
  }

  async scan(conversation: string, scanned: Uint8Array): Promise<boolean> {
    const { own, theirs } = await this.#sides(this.engine.core.conversation(conversation));
    this.engine.compared.set(conversation, fingerprint(own, theirs));
    const result = compareSafetyQr(scanned, await safetyNumber(own, theirs));
    if (result === "unreadable") throw problem("bad_qr", "This is not a safety number's code.");
    if (result === "same") await this.setVerified(conversation, true);
    return result === "same";
  }

  async setVerified(conversation: string, verified: boolean): Promise<void> {
    const { core } = this.engine;
    const c = core.conversation(conversation);
    if (verified) {
      // a key that came while people compared is not the one that they compared
      const { own, theirs } = await this.#sides(c);
      const compared = this.engine.compared.get(conversation);
      if (compared !== undefined && compared !== fingerprint(own, theirs)) {
        throw problem("key_changed", "The keys changed meanwhile; compare the new number.");
      }
    }
    const batch = new Batch();
    if (c.kind === "private") {
      c.verified = verified;
      core.putConversation(batch, c);
    } else {
      const person = this.#person(c);
      person.verified = verified;
      if (verified) person.keyChanged = person.mustConfirm = false;
      core.putPerson(batch, person);
    }
    await core.store.write(batch);
    this.engine.worker.pokeAll();
  }

  /** The person has seen that the key changed, and goes on. */
  async acknowledge(conversation: string): Promise<void> {
    const person = this.#person(this.engine.core.conversation(conversation));
    person.keyChanged = person.mustConfirm = false;
    const batch = new Batch();
    this.engine.core.putPerson(batch, person);
    await this.engine.core.store.write(batch);
    this.engine.worker.pokeAll();
  }

  #person(c: ConversationRecord): PersonRecord {
    const other = this.engine.views.other(c);
    const person = other && this.engine.directory.person(other.account);
    if (!person) throw problem("not_ready", "Nothing is known of the other side's keys yet.");
    return person;
  }

  async #sides(c: ConversationRecord): Promise<{ own: Fingerprinted[]; theirs: Fingerprinted[]; person: PersonRecord }> {
    const { core, directory, views } = this.engine;
    const other = views.other(c);
    const identity = core.identity;
    if (!other || !identity?.accountPublic) throw problem("not_ready", "Nothing is known of the other side's keys yet.");
    const person = await directory.ensure(other.account);

    if (c.kind === "private") {
      const theirs = c.private?.from_account === other.account ? c.private.from_device : c.private?.to_device;
      const device = [...person.devices, ...person.former].find((known) => known.device === theirs);
      if (!device) throw problem("not_ready", "The other device isn't known yet.");
      return {
        own: [{ id: core.device, key: fromBase64url(identity.devicePublic) }],
        theirs: [{ id: device.device, key: fromBase64url(device.signatureKey) }],
        person,
      };
    }
    if (!person.publicKey) throw problem("not_ready", "The other side has no key yet.");
    return {
      own: [{ id: core.account, key: fromBase64url(identity.accountPublic) }],
      theirs: [{ id: person.account, key: fromBase64url(person.publicKey) }],
      person,
    };
  }
}

function fingerprint(...sides: ReadonlyArray<readonly Fingerprinted[]>): string {
  return JSON.stringify(sides.map((side) => side.map(({ id, key }) => [id, toBase64url(key)])));
}
