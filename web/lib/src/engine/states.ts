// The MLS state of conversations: in memory once used, in the store always. A
// conversation's state is touched only inside its lane.

import { decodeFrames, encodeFrame, concat } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as mls from "../mls/index.ts";
import { Lanes, type Core } from "./core.ts";
import { keys, type GroupRecord, type PendingRecord } from "./records.ts";

export interface HeldGroup extends GroupRecord {
  group: mls.Group;
}

export interface Pending extends PendingRecord {
  next: mls.Group;
  commit: Uint8Array;
  welcome: Uint8Array | null;
  groupInfo: Uint8Array;
}

/** States in memory; the one that was used longest ago goes. */
const HELD_MAX = 64;

export class States {
  readonly #core: Core;
  readonly #held = new Map<string, HeldGroup | null>();
  /** by conversation: its commit that is on its way, null when the store has none */
  readonly #pending = new Map<string, Pending | null>();
  readonly lanes = new Lanes();

  constructor(core: Core) {
    this.#core = core;
  }

  async get(conversation: string): Promise<HeldGroup | null> {
    const found = this.#held.get(conversation);
    if (found !== undefined) {
      this.#held.delete(conversation);
      this.#held.set(conversation, found);
      return found;
    }
    const stored = await this.#core.store.get<GroupRecord>(keys.group(conversation));
    const held = stored ? { ...stored.value, group: mls.loadGroup(stored.bytes) } : null;
    // a step may have put a newer one while the store was read
    const meanwhile = this.#held.get(conversation);
    if (meanwhile !== undefined) return meanwhile;
    this.#hold(conversation, held);
    return held;
  }

  put(batch: Batch, conversation: string, held: HeldGroup): void {
    const { group, ...record } = held;
    batch.put(keys.group(conversation), record, mls.saveGroup(group));
    this.#hold(conversation, held);
  }

  drop(batch: Batch, conversation: string): void {
    batch.remove(keys.group(conversation));
    this.#hold(conversation, null);
  }

  /** Marks a state as useless until the device has rejoined. */
  break(batch: Batch, conversation: string, held: HeldGroup, why: NonNullable<GroupRecord["broken"]>): void {
    if (!held.broken) this.put(batch, conversation, { ...held, broken: why });
  }

  async pending(conversation: string): Promise<Pending | null> {
    const found = this.#pending.get(conversation);
    if (found !== undefined) return found;
    const stored = await this.#core.store.get<PendingRecord>(keys.pending(conversation));
    const meanwhile = this.#pending.get(conversation);
    if (meanwhile !== undefined) return meanwhile;
    if (!stored) {
      this.#pending.set(conversation, null);
      return null;
    }
    const [next, commit, welcome, groupInfo] = decodeFrames(stored.bytes).map((frame) => frame.payload);
    const pending: Pending = {
      ...stored.value,
      next: mls.loadGroup(next!),
      commit: commit!,
      welcome: welcome!.length > 0 ? welcome! : null,
      groupInfo: groupInfo!,
    };
    this.#pending.set(conversation, pending);
    return pending;
  }

  putPending(batch: Batch, conversation: string, pending: Pending): void {
    const { next, commit, welcome, groupInfo, ...record } = pending;
    const parts = [mls.saveGroup(next), commit, welcome ?? new Uint8Array(0), groupInfo];
    batch.put(keys.pending(conversation), record, concat(parts.map((part) => encodeFrame({}, part))));
    this.#pending.set(conversation, pending);
  }

  dropPending(batch: Batch, conversation: string): void {
    batch.remove(keys.pending(conversation));
    this.#pending.set(conversation, null);
  }

  #hold(conversation: string, held: HeldGroup | null): void {
    this.#held.delete(conversation);
    this.#held.set(conversation, held);
    if (this.#held.size > HELD_MAX) this.#held.delete(this.#held.keys().next().value!);
  }
}
