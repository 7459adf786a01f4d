// This device's key packages: private halves here, public halves at the server,
// topped up before they run out.

import { decodeFrames, encodeFrame, concat, toHex } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as mls from "../mls/index.ts";
import { Lane, type Core } from "./core.ts";
import { keys, type PackageRecord } from "./records.ts";

const SUITE = 1;
const FULL = 100;
const LOW = 50;
const LIFETIME_DAYS = 84;
const DAY = 86_400_000;
/** The last resort is made anew so often. */
const LAST_RESORT_AGE = 30 * DAY;
/** One request's: a JSON body is bounded. */
const UPLOAD_MAX = 25;

type Made = { record: PackageRecord; message: Uint8Array; secret: Uint8Array };

export class Packages {
  readonly #core: Core;
  readonly #lane = new Lane();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Makes up for what was claimed or expires. */
  refill(): Promise<void> {
    return this.#lane.run(async () => {
      await this.#removeExpired();
      const { count, last_resort } = await this.#core.api.keyPackageCount();
      const lastResort = last_resort && (await this.#lastResortIsFresh());
      if (count >= LOW && lastResort) return;
      await this.#upload(count < LOW ? FULL - count : 0, !lastResort);
    });
  }

  /** One that is given to one private conversation, not to the server's stock. */
  async forConversation(conversation: string): Promise<Uint8Array> {
    const made = await this.#make(false, conversation);
    await this.#store([made]);
    return made.message;
  }

  /**
   * Those of a Welcome into a conversation that this device holds: one that was
   * given to a private conversation opens that one alone, and nothing else opens it.
   */
  async held(refs: readonly Uint8Array[], privately: string | null): Promise<mls.StoredKeyPackage[]> {
    const found: mls.StoredKeyPackage[] = [];
    for (const ref of refs) {
      const stored = await this.#core.store.get<PackageRecord>(keys.package(toHex(ref)));
      if (!stored || stored.value.conversation !== privately) continue;
      const [message, secret] = decodeFrames(stored.bytes).map((frame) => frame.payload);
      found.push({ message: message!, secret: secret! });
    }
    return found;
  }

  /** Forgets a package that its Welcome used: nobody can be added by it again. */
  async used(batch: Batch, ref: Uint8Array): Promise<void> {
    const key = keys.package(toHex(ref));
    const stored = await this.#core.store.get<PackageRecord>(key);
    if (stored && !stored.value.lastResort) batch.remove(key);
  }

  async #upload(count: number, lastResort: boolean): Promise<void> {
    let left = count;
    let last = lastResort;
    while (left > 0 || last) {
      const made: Made[] = [];
      for (let n = 0; n < Math.min(left, UPLOAD_MAX); n++) made.push(await this.#make(false, null));
      const resort = last ? await this.#make(true, null) : null;
      // private halves are kept before anybody can use the public ones
      await this.#store(resort ? [...made, resort] : made);
      await this.#core.api.uploadKeyPackages(
        made.map((one) => one.message),
        resort?.message,
      );
      left -= made.length;
      last = false;
    }
  }

  async #make(lastResort: boolean, conversation: string | null): Promise<Made> {
    const options = { lastResort, lifetimeDays: LIFETIME_DAYS };
    const { ref, message, secret } = await mls.makeKeyPackage(this.#core.deviceIdentity, SUITE, options);
    const expires = this.#core.env.now() + LIFETIME_DAYS * DAY;
    return { record: { ref: toHex(ref), lastResort, expires, conversation }, message, secret };
  }

  async #store(made: readonly Made[]): Promise<void> {
    const batch = new Batch();
    for (const { record, message, secret } of made) {
      batch.put(keys.package(record.ref), record, concat([encodeFrame({}, message), encodeFrame({}, secret)]));
    }
    await this.#core.store.write(batch);
  }

  async #lastResortIsFresh(): Promise<boolean> {
    const all = await this.#core.store.all<PackageRecord>(keys.packages);
    const newest = Math.max(0, ...all.filter(({ value }) => value.lastResort).map(({ value }) => value.expires));
    return newest - this.#core.env.now() > LIFETIME_DAYS * DAY - LAST_RESORT_AGE;
  }

  async #removeExpired(): Promise<void> {
    const batch = new Batch();
    for (const { key, value } of await this.#core.store.all<PackageRecord>(keys.packages)) {
      if (value.expires + DAY < this.#core.env.now()) batch.remove(key);
    }
    await this.#core.store.write(batch);
  }
}
