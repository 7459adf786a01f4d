// One WebSocket of the API: frames in both directions, requests and their
// answers, a heartbeat, acknowledgements that gather. It ends once and for all;
// line.ts opens the next one.

import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import { ProblemError, readProblem, unreachable } from "./problem.ts";

/** As browsers have it; the `ws` package fits, too. */
export interface WebSocketLike {
  binaryType: string;
  readyState: number;
  onopen: ((event: unknown) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
}

export type MakeWebSocket = (url: string, protocols: string[]) => WebSocketLike;

export interface SocketHandlers {
  /** an event of the server: text frames, and binary ones with their payload */
  event(header: { event: string }, payload: Uint8Array): void;
  /** once, whatever ended it; opened: the handshake had succeeded */
  closed(code: number, opened: boolean): void;
}

const SUBPROTOCOL = "ngx-chat.v1";
const OPEN = 1;
const HANDSHAKE_TIMEOUT = 15_000;
const ANSWER_TIMEOUT = 30_000;
/** silence after which the server is asked whether it is there */
const HEARTBEAT = 25_000;
/** the answer must have come then */
const HEARTBEAT_TIMEOUT = 10_000;
const ACK_DELAY = 50;
/** of one ack: 256 cursors fit into a frame's 16 KiB */
const ACK_CURSORS = 256;
const REQUESTS_MAX = 256;
/** A frame's bytes (of text: its characters); a Welcome or a commit is the largest that a server sends. */
export const FRAME_MAX = 4 * 1024 * 1024;
const NONE = new Uint8Array(0);

interface Waiting {
  resolve(answer: { ok: Record<string, unknown>; payload: Uint8Array }): void;
  reject(error: ProblemError): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Socket {
  readonly #ws: WebSocketLike;
  readonly #handlers: SocketHandlers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #acks = new Map<string, number>();
  #id = 0;
  #opened = false;
  #ended = false;
  #timer: ReturnType<typeof setTimeout>;
  #ackTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(make: MakeWebSocket, url: string, token: string, handlers: SocketHandlers) {
    this.#handlers = handlers;
    const ws = make(url, [SUBPROTOCOL, token]);
    this.#ws = ws;
    ws.binaryType = "arraybuffer";
    ws.onopen = () => {
      this.#opened = true;
      this.#heard();
    };
    ws.onmessage = (message) => this.#read(message.data);
    ws.onerror = () => {}; // onclose follows and says all there is
    ws.onclose = (event) => this.#end(event.code);
    this.#timer = setTimeout(() => this.#end(1006), HANDSHAKE_TIMEOUT);
  }

  /** A request, its answer; payload makes it a binary frame. */
  request(
    op: string,
    params: object,
    payload?: Uint8Array,
  ): Promise<{ ok: Record<string, unknown>; payload: Uint8Array }> {
    if (this.#ended || this.#ws.readyState !== OPEN) {
      return Promise.reject(unreachable("offline", "There is no connection."));
    }
    if (this.#waiting.size >= REQUESTS_MAX) {
      return Promise.reject(unreachable("offline", "Too many requests are under way."));
    }
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(1006), ANSWER_TIMEOUT);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#send({ id, op, ...params }, payload);
    });
  }

  /** Says that everything of a conversation up to `seq` is stored. */
  ack(conversation: string, seq: number): void {
    this.#acks.set(conversation, Math.max(seq, this.#acks.get(conversation) ?? 0));
    if (this.#acks.size >= ACK_CURSORS) this.#flushAcks();
    else this.#ackTimer ??= setTimeout(() => this.#flushAcks(), ACK_DELAY);
  }

  close(): void {
    if (this.#ended) return;
    this.#flushAcks();
    this.#end(1000);
  }

  #flushAcks(): void {
    if (this.#ackTimer) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    if (this.#acks.size === 0 || this.#ws.readyState !== OPEN) return;
    this.#send({ op: "ack", cursors: Object.fromEntries(this.#acks) });
    this.#acks.clear();
  }

  #send(header: object, payload?: Uint8Array): void {
    try {
      this.#ws.send(payload ? encodeFrame(header, payload) : JSON.stringify(header));
    } catch {
      this.#end(1006);
    }
  }

  #read(data: unknown): void {
    if (this.#ended) return;
    this.#heard();
    if ((typeof data === "string" ? data.length : (data as ArrayBuffer).byteLength) > FRAME_MAX) {
      this.#end(1009);
      return;
    }
    let frame: Frame;
    try {
      frame =
        typeof data === "string"
          ? { header: JSON.parse(data) as Frame["header"], payload: NONE }
          : decodeFrame(new Uint8Array(data as ArrayBuffer));
    } catch {
      this.#end(1007);
      return;
    }

    const header = frame.header as Record<string, unknown>;
    if (typeof header.event === "string") {
      this.#handlers.event(header as { event: string }, frame.payload);
      return;
    }
    const waiting = typeof header.re === "number" ? this.#waiting.get(header.re) : undefined;
    if (!waiting) return;
    this.#waiting.delete(header.re as number);
    clearTimeout(waiting.timer);
    if (header.problem !== undefined) waiting.reject(readProblem(header.problem, 0));
    else waiting.resolve({ ok: (header.ok ?? {}) as Record<string, unknown>, payload: frame.payload });
  }

  #heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => this.#end(1006), HEARTBEAT_TIMEOUT);
      this.#send({ id: ++this.#id, op: "server_get" });
    }, HEARTBEAT);
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#ackTimer) clearTimeout(this.#ackTimer);
    const ws = this.#ws;
    ws.onopen = ws.onmessage = ws.onclose = null;
    try {
      ws.close(code === 1000 ? 1000 : undefined);
    } catch {
      // a socket that never opened has nothing to close
    }
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(unreachable("connection_lost", "The connection was lost before the answer came."));
    }
    this.#waiting.clear();
    this.#handlers.closed(code, this.#opened);
  }
}
