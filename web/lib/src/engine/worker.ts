// What is to be done for a conversation, in its order, one turn at a time:
// finish a commit, come in, remove and add devices, renew the path, send what
// waits. Nothing of it before the log is read (drained).

import { codeOf, fromBase64url, ProblemError } from "../net/index.ts";
import type { Core } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Groups } from "./groups.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import type { States } from "./states.ts";
import type { ConversationRecord } from "./records.ts";

const DAY = 86_400_000;
const MESSAGES_A_PATH = 500;
/** Chores that any device may do start after so long, at random, so that one does it. */
const REMOVE_JITTER = [500, 5_000] as const;
const ADD_JITTER = [2_000, 10_000] as const;
const UPDATE_JITTER = [5_000, 60_000] as const;
/** So long a device waits to be added by another one before it comes in by itself. */
const WELCOME_WAIT = [4_000, 10_000] as const;
const WELCOME_WAIT_SENDING = 1_500;
const RETRY_FIRST = 1_000;
const RETRY_LAST = 60_000;
const TURNS_MAX = 50;
/** Turns that wake themselves come no closer than this. */
const WAKE_LEAST = 50;

interface Turn {
  running: boolean;
  again: boolean;
  failures: number;
  timer: ReturnType<typeof setTimeout> | null;
  /** when the timer fires */
  at: number;
  /** when each chore that is known to be due is done, and the longest it could have waited */
  due: Map<string, { at: number; most: number }>;
}

export class Worker {
  readonly #turns = new Map<string, Turn>();
  /** accounts whose new devices this device approved: it adds them at once */
  readonly eager = new Set<string>();

  constructor(
    private readonly core: Core,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly groups: Groups,
    private readonly outbox: Outbox,
    private readonly inbox: Inbox,
  ) {}

  /** There may be something to do. */
  poke(id: string): void {
    const turn = this.#turn(id);
    if (turn.running) turn.again = true;
    else void this.#run(id, turn);
  }

  pokeAll(): void {
    for (const c of this.core.conversations.values()) if (c.kind !== "self") this.poke(c.id);
  }

  /** Something failed in between: go on after a while, longer each time. */
  later(id: string, error: unknown): void {
    this.core.env.log?.(`work on ${id}`, error);
    const turn = this.#turn(id);
    const said = error instanceof ProblemError ? (error.problem.retryAfter ?? 0) * 1000 : 0;
    const most = Math.min(RETRY_LAST, RETRY_FIRST * 2 ** turn.failures++);
    this.#wake(id, Math.max(said, most * (0.5 + this.core.env.random() / 2)));
  }

  stop(): void {
    for (const turn of this.#turns.values()) if (turn.timer) clearTimeout(turn.timer);
  }

  /** No turn is running any more. */
  async settled(): Promise<void> {
    while ([...this.#turns.values()].some((turn) => turn.running)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #turn(id: string): Turn {
    let turn = this.#turns.get(id);
    if (!turn) {
      turn = { running: false, again: false, failures: 0, timer: null, at: 0, due: new Map() };
      this.#turns.set(id, turn);
    }
    return turn;
  }

  #wake(id: string, wanted: number): void {
    const turn = this.#turn(id);
    const delay = Math.max(WAKE_LEAST, wanted);
    const at = this.core.env.now() + delay;
    if (this.core.stopped || (turn.timer && turn.at <= at)) return;
    if (turn.timer) clearTimeout(turn.timer);
    turn.at = at;
    turn.timer = setTimeout(() => {
      turn.timer = null;
      this.poke(id);
    }, delay);
  }

  async #run(id: string, turn: Turn): Promise<void> {
    turn.running = true;
    try {
      for (let n = 0; n < TURNS_MAX; n++) {
        turn.again = false;
        const c = this.core.conversations.get(id);
        if (!c || !this.core.live) return;
        await this.#work(c, turn);
        turn.failures = 0;
        if (!turn.again) return;
      }
      this.#wake(id, RETRY_FIRST);
    } catch (error) {
      if (!this.core.stopped && codeOf(error) !== "storage_failed") this.later(id, error);
    } finally {
      turn.running = false;
    }
  }

  async #work(c: ConversationRecord, turn: Turn): Promise<void> {
    if (c.payload !== "mls" || c.kind === "self" || c.state === "closed" || c.blocking) return;
    await this.groups.finishPending(c);
    if (c.kind === "private") return this.#private(c, turn);

    const sending = this.outbox.waiting(c.id);
    if (c.epoch === 0) {
      if (!sending || this.blocked(c)) return;
      if (!(await this.groups.create(c))) return this.#askAgain(c);
      turn.again = true;
      return;
    }

    const held = await this.states.get(c.id);
    if (!held || held.broken || held.epoch < c.epoch) {
      if (!c.refused) await this.#comeIn(c, turn, sending, held !== null);
      return;
    }
    turn.due.delete("join");
    if (c.refused || this.blocked(c)) return;

    const eager = sending || c.members.some((member) => this.eager.has(member.account));
    if (this.groups.condemned(c, held).length > 0) {
      if (!this.#due(c.id, turn, "remove", REMOVE_JITTER, eager)) return;
      await this.groups.change(c, [], "change");
      turn.again = true;
      return;
    }
    turn.due.delete("remove");

    const missing = await this.groups.missing(c);
    if (missing.length > 0) {
      if (!this.#due(c.id, turn, "add", ADD_JITTER, eager)) return;
      await this.groups.change(c, missing, "change");
      turn.again = true;
      return;
    }
    turn.due.delete("add");
    this.#askAgain(c);

    if (sending) await this.outbox.send(c);
    await this.#renew(c, turn);
  }

  /** For key packages that weren't to be had. */
  #askAgain(c: ConversationRecord): void {
    if (c.missing) this.#wake(c.id, c.missing.retryAt - this.core.env.now());
  }

  /** A person must decide first. */
  blocked(c: ConversationRecord): boolean {
    return c.members.some((member) => this.directory.person(member.account)?.mustConfirm === true);
  }

  /** Waits to be added by another device; comes in by itself when nobody does. */
  async #comeIn(c: ConversationRecord, turn: Turn, sending: boolean, again: boolean): Promise<void> {
    const mine = c.leaves.some((leaf) => leaf.device === this.core.device);
    const wait = again || mine ? ([0, 500] as const) : sending ? ([WELCOME_WAIT_SENDING, WELCOME_WAIT_SENDING] as const) : WELCOME_WAIT;
    if (!this.#due(c.id, turn, "join", wait, false)) return;
    await this.groups.rejoin(c);
    turn.due.delete("join");
    turn.again = true;
  }

  async #private(c: ConversationRecord, turn: Turn): Promise<void> {
    const p = c.private;
    if (!p || (p.from_device !== this.core.device && p.to_device !== this.core.device)) return;
    if (this.blocked(c)) return;
    if (c.epoch === 0) {
      if (p.from_device !== this.core.device || p.state !== "accepted" || !p.key_package) return;
      await this.groups.createPrivate(c, fromBase64url(p.key_package));
      turn.again = true;
      return;
    }
    const held = await this.states.get(c.id);
    if (!held || held.broken || c.refused) return; // nobody can let it in again, by design
    if (this.outbox.waiting(c.id)) await this.outbox.send(c);
    await this.#renew(c, turn);
  }

  /** A new path after joining, then daily or after so many messages. */
  async #renew(c: ConversationRecord, turn: Turn): Promise<void> {
    const held = await this.states.get(c.id);
    if (!held || held.broken) return;
    const age = this.core.env.now() - held.updated;
    if (age < DAY && held.sent < MESSAGES_A_PATH) {
      turn.due.delete("renew");
      this.#wake(c.id, DAY - age + this.core.env.random() * 600_000);
      return;
    }
    if (!this.#due(c.id, turn, "renew", UPDATE_JITTER, false)) return;
    await this.groups.change(c, [], "update");
    turn.due.delete("renew");
  }

  /** Whether a chore's time has come; else the turn comes again then. */
  #due(id: string, turn: Turn, chore: string, [least, most]: readonly [number, number], now: boolean): boolean {
    if (now) return true;
    let due = turn.due.get(chore);
    // drawn once; anew when there is more haste than before
    if (!due || most < due.most) {
      const drawn = this.core.env.now() + least + this.core.env.random() * (most - least);
      due = { at: Math.min(drawn, due?.at ?? Infinity), most };
      turn.due.set(chore, due);
    }
    const left = due.at - this.core.env.now();
    if (left <= 0) return true;
    this.#wake(id, left);
    return false;
  }

  /** An entry couldn't be processed: its log is read again, later. */
  stalled(id: string, error: unknown): void {
    this.core.env.log?.(`an entry of ${id}`, error);
    const turn = this.#turn(id);
    const most = Math.min(RETRY_LAST, RETRY_FIRST * 2 ** turn.failures++);
    const said = error instanceof ProblemError ? (error.problem.retryAfter ?? 0) * 1000 : 0;
    const delay = codeOf(error) === "behind" ? 0 : Math.max(said, most);
    setTimeout(
      () => {
        if (this.core.stopped || !this.core.session?.token) return;
        this.inbox.catchUp(id).then(
          () => (turn.failures = 0),
          (again: unknown) => {
            if (codeOf(again) !== "storage_failed") this.stalled(id, again);
          },
        );
      },
      delay,
    );
  }
}
