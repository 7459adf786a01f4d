// Which messages are shown already. Asking the store for each one would wait for
// the write of the one before it, so the keys of the conversations that are talked
// in are held in memory, as far as they are few.

import type { Store } from "../store/index.ts";
import { keys } from "./records.ts";

/** Conversations whose keys are held; the one that was used longest ago goes. */
const HELD_MAX = 8;
/** Keys of a conversation with more aren't held. */
const KEYS_MAX = 20_000;
/** Of those, the ones whose write may not be on the disk yet. */
const RECENT_MAX = 1000;

interface Held {
  set: Set<string>;
  /** false: the store has more */
  whole: boolean;
}

export class Seen {
  readonly #held = new Map<string, Held>();

  constructor(private readonly store: Store) {}

  /** Called inside the conversation's lane. */
  async has(conversation: string, key: string): Promise<boolean> {
    const held = this.#held.get(conversation) ?? (await this.#read(conversation));
    if (held.set.has(key)) return true;
    return held.whole ? false : (await this.store.get(key)) !== null;
  }

  /** It is asked to be written now. */
  add(conversation: string, key: string): void {
    const held = this.#held.get(conversation) ?? { set: new Set<string>(), whole: false };
    held.set.add(key);
    if (held.whole && held.set.size > KEYS_MAX) held.whole = false;
    if (!held.whole) while (held.set.size > RECENT_MAX) held.set.delete(held.set.values().next().value!);
    this.#hold(conversation, held);
  }

  /** It is asked to be removed now. */
  forget(conversation: string, key: string): void {
    this.#held.get(conversation)?.set.delete(key);
  }

  async #read(conversation: string): Promise<Held> {
    await this.store.flushed(); // what was asked to be written while it wasn't held
    const found = await this.store.keys(keys.seenIn(conversation), KEYS_MAX + 1);
    const whole = found.length <= KEYS_MAX;
    const held = { set: new Set(whole ? found : []), whole };
    this.#hold(conversation, held);
    return held;
  }

  #hold(conversation: string, held: Held): void {
    this.#held.delete(conversation);
    this.#held.set(conversation, held);
    if (this.#held.size > HELD_MAX) this.#held.delete(this.#held.keys().next().value!);
  }
}
