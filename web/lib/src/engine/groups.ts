// The life of groups: who is missing, who must go, and the commits that make it
// so. A commit is stored with the state that follows it, then uploaded; it
// counts when its entry comes back in the log. Another commit may win its
// epoch: then ours is forgotten, the winner followed, and what is still to be
// done is done anew.

import { codeOf, concat, fromBase64url, ProblemError, problem } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as mls from "../mls/index.ts";
import type { Core } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Inbox } from "./inbox.ts";
import type { HeldGroup, Pending, States } from "./states.ts";
import type { ConversationRecord, PendingRecord } from "./records.ts";

/** Devices that one commit adds; the server's bound of a claim. */
const ADD_MAX = 32;
/**
 * Devices without a key package are asked for again: soon, for one that was
 * approved a moment ago is still publishing them, then less and less often.
 */
const MISSING_RETRY_FIRST = 1_000;
const MISSING_RETRY_LAST = 10 * 60_000;
/** A commit whose entry doesn't come is looked for in the log. */
const ENTRY_WAIT = 2_000;
/** Lost epochs in a row, before the work is left to a later turn. */
const LOSSES_MAX = 8;
/** Failed rejoins at one epoch, before the group is made anew. */
const FAILURES_MAX = 3;

interface Change {
  add: Uint8Array[];
  addDevices: string[];
}

export class Groups {
  /** packages that were claimed for a commit which lost its epoch, by device */
  readonly #claimed = new Map<string, Uint8Array>();

  constructor(
    private readonly core: Core,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly inbox: Inbox,
    private readonly refresh: (conversation: string) => Promise<void>,
  ) {}

  /** Finishes a commit that was on its way when the device stopped, or its answer was lost. */
  async finishPending(c: ConversationRecord): Promise<void> {
    const pending = await this.states.pending(c.id);
    if (pending) await this.#upload(c, pending);
  }

  // ---- who should be in it ----

  /** Certified devices of the members that have no leaf, but for those that are asked for again later. */
  async missing(c: ConversationRecord): Promise<Array<{ account: string; device: string }>> {
    const inside = new Set(c.leaves.filter((leaf) => !leaf.removal_pending).map((leaf) => leaf.device));
    const absent: Array<{ account: string; device: string }> = [];
    for (const { account } of c.members) {
      const { devices } = await this.directory.ensure(account);
      for (const { device } of devices) {
        if (device !== this.core.device && !inside.has(device)) absent.push({ account, device });
      }
    }
    // they came in by themselves, were added by others, or are gone
    if (c.missing && !absent.some(({ device }) => c.missing!.devices.includes(device))) {
      c.missing = null;
      await this.core.saveConversation(c);
    }
    const waiting = c.missing && c.missing.retryAt > this.core.env.now() ? c.missing.devices : [];
    return absent.filter(({ device }) => !waiting.includes(device)).slice(0, ADD_MAX);
  }

  /** Leaves of the tree that the server says must go. */
  condemned(c: ConversationRecord, held: HeldGroup): number[] {
    const going = c.leaves.filter((leaf) => leaf.removal_pending && leaf.device !== this.core.device);
    if (going.length === 0) return [];
    return mls.leaves(held.group).filter((leaf) => going.some(({ device }) => device === leaf.device)).map(({ leaf }) => leaf);
  }

  /** Claims key packages and judges them; who has none is noted. */
  async #claim(c: ConversationRecord, wanted: ReadonlyArray<{ account: string; device: string }>): Promise<Change> {
    const change: Change = { add: [], addDevices: [] };
    const none: string[] = [];
    const take = (device: string, message: Uint8Array) => {
      this.#claimed.set(device, message);
      change.add.push(message);
      change.addDevices.push(device);
    };

    const toClaim = new Map<string, string[]>();
    for (const { account, device } of wanted) {
      const held = this.#claimed.get(device);
      if (held) take(device, held);
      else toClaim.set(account, [...(toClaim.get(account) ?? []), device]);
    }
    for (const [account, devices] of toClaim) {
      const answers = await this.core.api.claim(account, c.suite, devices);
      for (const device of devices) {
        const text = answers.find((one) => one.device === device)?.key_package;
        const message = text ? fromBase64url(text) : null;
        if (message && (await this.#acceptable(account, device, message))) take(device, message);
        else none.push(device);
      }
    }
    const kept = (c.missing?.devices ?? []).filter((device) => !wanted.some((one) => one.device === device));
    const all = [...kept, ...none];
    if (none.length > 0) this.#without(c, all);
    else if (all.length === 0) c.missing = null;
    await this.core.saveConversation(c);
    return change;
  }

  #without(c: ConversationRecord, devices: readonly string[]): void {
    const tries = c.missing?.tries ?? 0;
    const delay = Math.min(MISSING_RETRY_LAST, MISSING_RETRY_FIRST * 3 ** tries);
    c.missing = { devices: [...devices], retryAt: this.core.env.now() + delay, tries: tries + 1 };
  }

  async #acceptable(account: string, device: string, message: Uint8Array): Promise<boolean> {
    try {
      const head = await mls.readKeyPackage(message);
      return head.account === account && head.device === device && this.directory.check(account, device, head.signatureKey);
    } catch {
      return false;
    }
  }

  // ---- commits ----

  /** Makes the group with all devices of the members; false: nobody else could be added. */
  async create(c: ConversationRecord): Promise<boolean> {
    for (let losses = 0; losses < LOSSES_MAX && c.epoch === 0; losses++) {
      const others = c.members.filter((member) => member.account !== this.core.account).map((member) => member.account);
      const wanted = await this.missing(c);
      const change = await this.#claim(c, wanted);
      const reached = wanted.some(
        ({ account, device }) => others.includes(account) && change.addDevices.includes(device),
      );
      if (!reached) return false;
      await this.#first(c, change);
    }
    return true;
  }

  /** A private group: its other device, by the key package that it accepted with. */
  async createPrivate(c: ConversationRecord, keyPackage: Uint8Array): Promise<void> {
    const { to_account, to_device } = c.private!;
    if (to_device) await this.directory.ensureLeaves([{ account: to_account, device: to_device }]);
    if (!to_device || !(await this.#acceptable(to_account, to_device, keyPackage))) {
      throw problem("refused", "The other device isn't certified by its account.");
    }
    await this.#first(c, { add: [keyPackage], addDevices: [to_device] });
  }

  #first(c: ConversationRecord, change: Change): Promise<void> {
    return this.#commit(c, "create", async () => {
      const id = this.core.deviceIdentity;
      const group = await mls.createGroup(id, fromBase64url(c.groupId), c.suite, this.directory.check);
      const options = c.kind === "private" ? { externalPub: false } : {};
      return { epoch: 0, ...(await mls.commit(group, { add: change.add }, this.directory.check, options)) };
    }, change.addDevices);
  }

  /** Adds who is missing and removes who must go, in one commit; none of both: a new path. */
  async change(c: ConversationRecord, wanted: ReadonlyArray<{ account: string; device: string }>, kind: PendingRecord["kind"]): Promise<void> {
    const change = wanted.length > 0 ? await this.#claim(c, wanted) : { add: [], addDevices: [] };
    const before = await this.states.get(c.id);
    if (kind === "change" && change.add.length === 0 && before && this.condemned(c, before).length === 0) return;
    await this.#commit(c, kind, async () => {
      const held = await this.states.get(c.id);
      if (!held || held.broken) throw problem("not_joined", "This device isn't in the group.");
      const options = c.kind === "private" ? { externalPub: false } : {};
      const made = await mls.commit(held.group, { add: change.add, remove: this.condemned(c, held) }, this.directory.check, options);
      return { epoch: held.epoch, ...made };
    }, change.addDevices);
  }

  /** Comes in, or in again, by what the server keeps of the group. */
  async rejoin(c: ConversationRecord): Promise<void> {
    try {
      await this.#catchUp(c);
      const held = await this.states.get(c.id);
      if (held && !held.broken && held.epoch >= c.epoch) return; // its entries were only still to come
      const info = await this.core.api.groupInfo(c.id);
      const head = await mls.readGroupInfo(info);
      await this.directory.ensureLeaves(head.leaves);
      const id = this.core.deviceIdentity;
      const own = head.leaves.some((leaf) => leaf.device === this.core.device);
      await this.#commit(c, "external", async () => {
        const joined = await mls.joinExternal(id, info, this.directory.checkJoining(c), { resync: own });
        return { epoch: Number(head.epoch), welcome: null, ...joined };
      }, []);
    } catch (error) {
      await this.#failed(c, error);
      throw error;
    }
  }

  /** A group that can't be joined any more is made anew, after some failures at one epoch. */
  async #failed(c: ConversationRecord, error: unknown): Promise<void> {
    const broken = error instanceof mls.MlsError || ["invalid_commit", "group_info_mismatch", "not_found"].includes(codeOf(error));
    if (!broken) return;
    c.failures++;
    await this.core.saveConversation(c);
    if (c.failures < FAILURES_MAX || c.kind === "private") return;
    if (error instanceof mls.MlsError && error.reason === "refused") {
      // somebody is in it whom nobody certified: people decide, not this program
      c.refused = true;
      await this.core.saveConversation(c);
      return;
    }
    await this.reset(c);
  }

  async reset(c: ConversationRecord): Promise<void> {
    try {
      await this.core.api.resetGroup(c.id, c.groupId, c.epoch);
    } catch (error) {
      if (codeOf(error) !== "stale_epoch") throw error;
    }
    await this.#catchUp(c);
  }

  /** A device that is in no epoch of the group can't read its log: then its representation. */
  async #catchUp(c: ConversationRecord): Promise<void> {
    try {
      await this.inbox.catchUp(c.id);
    } catch (error) {
      if (codeOf(error) !== "not_found") throw error;
      await this.refresh(c.id);
    }
  }

  async #commit(
    c: ConversationRecord,
    kind: PendingRecord["kind"],
    make: () => Promise<{ epoch: number; next: mls.Group; commit: Uint8Array; welcome: Uint8Array | null; groupInfo: Uint8Array }>,
    added: readonly string[],
  ): Promise<void> {
    try {
      await this.#made(c, kind, make);
    } catch (error) {
      // what was refused would be refused again: other packages, next time
      if (error instanceof ProblemError && error.problem.retryable) throw error;
      for (const device of added) this.#claimed.delete(device);
      if (error instanceof mls.MlsError && added.length > 0) {
        this.#without(c, added);
        await this.core.saveConversation(c);
      }
      throw error;
    }
    for (const device of added) if (c.leaves.some((leaf) => leaf.device === device)) this.#claimed.delete(device);
  }

  async #made(
    c: ConversationRecord,
    kind: PendingRecord["kind"],
    make: () => Promise<{ epoch: number; next: mls.Group; commit: Uint8Array; welcome: Uint8Array | null; groupInfo: Uint8Array }>,
  ): Promise<void> {
    const pending = await this.states.lanes.run(c.id, async () => {
      const found = await this.states.pending(c.id);
      if (found) return found;
      const made: Pending = { clientId: crypto.randomUUID(), kind, ...(await make()) };
      const batch = new Batch();
      this.states.putPending(batch, c.id, made);
      await this.core.store.write(batch);
      return made;
    });
    await this.#upload(c, pending);
  }

  async #upload(c: ConversationRecord, pending: Pending): Promise<void> {
    const { commit, welcome, groupInfo } = pending;
    const header = {
      client_id: pending.clientId,
      commit_size: commit.length,
      welcome_size: welcome?.length ?? 0,
      group_info_size: groupInfo.length,
    };
    try {
      await this.core.api.commit(c.id, header, concat([commit, welcome ?? new Uint8Array(0), groupInfo]));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.retryable) {
        if (codeOf(error) !== "stale_epoch") throw error; // the same again tells what became of it
      }
      await this.#forget(c, pending);
      if (codeOf(error) === "stale_epoch") {
        await this.#followed(c, () => c.epoch > pending.epoch);
        return;
      }
      throw error;
    }
    await this.#followed(c, () => c.epoch > pending.epoch);
  }

  /** Waits for the entry of the epoch's commit, ours or the winner's; else reads the log. */
  async #followed(c: ConversationRecord, reached: () => boolean): Promise<void> {
    const end = this.core.env.now() + ENTRY_WAIT;
    while (!reached() && this.core.env.now() < end && this.core.line.state === "online") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (!reached()) await this.#catchUp(c);
    await this.states.lanes.run(c.id, async () => {});
  }

  #forget(c: ConversationRecord, pending: Pending): Promise<void> {
    return this.states.lanes.run(c.id, async () => {
      if ((await this.states.pending(c.id))?.clientId !== pending.clientId) return;
      const batch = new Batch();
      this.states.dropPending(batch, c.id);
      await this.core.store.write(batch);
    });
  }
}
