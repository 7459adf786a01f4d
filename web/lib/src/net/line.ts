// The line to the server: a socket that is there whenever it can be. It comes
// again with backoff and jitter, resumes, and knows which ends are final.

import type { EntryHeader, ExpiredHeader, Hello, Receipt } from "./api-types.ts";
import { ProblemError, unreachable, type Problem } from "./problem.ts";
import { Socket, type MakeWebSocket } from "./socket.ts";

export type LineState = "offline" | "connecting" | "syncing" | "online";

/** Ends that coming again would not change. */
export type Verdict = "signed_out" | "revoked" | "replaced";

export interface LineHandlers {
  /** What the device has stored: at most 256 cursors. */
  resume(hello: Hello): { log_epoch: string; cursors: Record<string, number> };
  entry(header: EntryHeader, payload: Uint8Array): void;
  expired(header: ExpiredHeader): void;
  receipt(receipt: Receipt): void;
  /** The log is another one: cursors count from 0. */
  resync(logEpoch: string): void;
  drained(): void;
  /** Events that are hints: removal_pending and what later servers say. */
  hint(header: { event: string }): void;
  /** The handshake was refused: asks by HTTP what is wrong. */
  refused(): Promise<Verdict | null>;
  verdict(verdict: Verdict): void;
  changed(): void;
}

const BACKOFF_FIRST = 1_000;
const BACKOFF_LAST = 60_000;

const VERDICTS: Record<number, Verdict> = { 4401: "signed_out", 4403: "revoked", 4409: "replaced" };
/** Frames or limits are wrong: the same again at once would end the same. */
const SLOW = new Set([1002, 1003, 1007, 1009, 4429]);

export class Line {
  state: LineState = "offline";
  since = Date.now();
  retryAt: number | null = null;
  pending = 0;
  problem: Problem | null = null;

  readonly #make: MakeWebSocket;
  readonly #url: string;
  readonly #handlers: LineHandlers;
  #token: string | null = null;
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #logEpoch = "";

  constructor(make: MakeWebSocket, url: string, handlers: LineHandlers) {
    this.#make = make;
    this.#url = url;
    this.#handlers = handlers;
  }

  start(token: string): void {
    this.stop();
    this.#token = token;
    this.#failures = 0;
    this.#open();
  }

  stop(): void {
    this.#token = null;
    this.#clearTimer();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#set("offline");
  }

  /** Comes at once, if it waits: the person asked, or the network is back. */
  hurry(): void {
    if (this.#token === null || this.#socket) return;
    this.#clearTimer();
    this.#open();
  }

  /** The network is gone: a connection over it would find out only by its silence. */
  drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.close();
    void this.#closed(1006, true);
  }

  request(op: string, params: object, payload?: Uint8Array): Promise<{ ok: Record<string, unknown>; payload: Uint8Array }> {
    if (!this.#socket) return Promise.reject(unreachable("offline", "There is no connection."));
    return this.#socket.request(op, params, payload);
  }

  ack(conversation: string, seq: number): void {
    this.#socket?.ack(conversation, seq);
  }

  #open(): void {
    const token = this.#token;
    if (token === null) return;
    this.#set("connecting");
    const socket: Socket = new Socket(this.#make, this.#url, token, {
      event: (header, payload) => {
        if (this.#socket === socket) this.#event(header, payload);
      },
      closed: (code, opened) => {
        if (this.#socket === socket) void this.#closed(code, opened);
      },
    });
    this.#socket = socket;
  }

  #event(header: { event: string }, payload: Uint8Array): void {
    switch (header.event) {
      case "hello": {
        const hello = header as unknown as Hello;
        this.#logEpoch = hello.log_epoch;
        this.pending = hello.pending;
        this.#set("syncing");
        this.#resume(this.#handlers.resume(hello));
        return;
      }
      case "resync":
        this.#handlers.resync((header as unknown as { log_epoch: string }).log_epoch);
        this.#resume({ log_epoch: this.#logEpoch, cursors: {} });
        return;
      case "entry":
        if (this.pending > 0) {
          this.pending--;
          if (this.pending % 50 === 0) this.#handlers.changed();
        }
        this.#handlers.entry(header as unknown as EntryHeader, payload);
        return;
      case "expired":
        this.#handlers.expired(header as unknown as ExpiredHeader);
        return;
      case "receipt":
        this.#handlers.receipt(header as unknown as Receipt);
        return;
      case "drained":
        this.#failures = 0;
        this.pending = 0;
        this.problem = null;
        this.#set("online");
        this.#handlers.drained();
        return;
      default:
        this.#handlers.hint(header);
    }
  }

  #resume(resume: { log_epoch: string; cursors: Record<string, number> }): void {
    this.#socket?.request("resume", resume).catch((error: unknown) => {
      if (error instanceof ProblemError) this.problem = error.problem;
    });
  }

  async #closed(code: number, opened: boolean): Promise<void> {
    this.#socket = null;
    let verdict = VERDICTS[code] ?? null;
    if (!opened) {
      this.#set("connecting");
      verdict = await this.#handlers.refused();
    }
    if (this.#token === null || this.#socket) return;
    if (verdict) {
      this.#token = null;
      this.#set("offline");
      this.#handlers.verdict(verdict);
      return;
    }
    if (code === 4429) {
      this.problem = {
        code: "limits",
        title: "The account has more conversations than a device may follow.",
        status: 0,
        retryable: true,
        details: {},
      };
    }

    // full jitter: after a server's restart its clients must not come in step
    const most = SLOW.has(code) ? BACKOFF_LAST : Math.min(BACKOFF_LAST, BACKOFF_FIRST * 2 ** this.#failures);
    this.#failures++;
    const delay = Math.random() * most;
    this.retryAt = Date.now() + delay;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#open();
    }, delay);
    this.#set("offline");
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.retryAt = null;
  }

  #set(state: LineState): void {
    if (state !== "offline") this.retryAt = null;
    if (this.state !== state) this.since = Date.now();
    this.state = state;
    this.#handlers.changed();
  }
}
