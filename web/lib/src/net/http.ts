// One HTTP request of the API: its body as JSON or frames, its answer likewise,
// its refusal as a ProblemError.

import { decodeFrames, encodeFrame, type Frame } from "./frame.ts";
import { concat } from "./bytes.ts";
import { problem, ProblemError, readProblem, unreachable } from "./problem.ts";

export const FRAMES = "application/vnd.ngx-chat.frames";
const TIMEOUT = 30_000;
/** An answer's bytes; the largest of the server are pages of entries. */
export const ANSWER_MAX = 64 * 1024 * 1024;

/** Calls under way, those that the browser lets wait for a connection included. */
export const CALLS_MAX = 1_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** below the base, segments encoded */
  path: string;
  query?: Record<string, string | number | undefined>;
  json?: object;
  frame?: { header: object; payload: Uint8Array };
  /** what is expected: "json" by default */
  accept?: "json" | "frames";
  /** null: without a token; undefined: the session's */
  token?: string | null;
  headers?: Record<string, string>;
  timeout?: number;
  /** bytes of the answer at most */
  most?: number;
}

export interface Answer {
  status: number;
  json: unknown;
  frames: Frame[];
}

export class Http {
  readonly #base: string;
  readonly #fetch: Fetch;
  readonly #token: () => string | null;
  readonly #stopped = new AbortController();
  #calls = 0;

  constructor(base: string, fetch: Fetch, token: () => string | null) {
    this.#base = base.endsWith("/") ? base : base + "/";
    this.#fetch = fetch;
    this.#token = token;
  }

  /** Ends what is under way and refuses what comes. */
  stop(): void {
    this.#stopped.abort();
  }

  async call(call: Call): Promise<Answer> {
    if (this.#calls >= CALLS_MAX) throw unreachable("busy", "Too many requests are under way.");
    this.#calls++;
    try {
      return await this.#carry(call);
    } finally {
      this.#calls--;
    }
  }

  async #carry(call: Call): Promise<Answer> {
    const headers: Record<string, string> = {
      Accept: call.accept === "frames" ? FRAMES : "application/json",
      ...call.headers,
    };
    const token = call.token === undefined ? this.#token() : call.token;
    if (token !== null) headers.Authorization = `Bearer ${token}`;

    let body: Uint8Array<ArrayBuffer> | string | null = null;
    if (call.frame) {
      headers["Content-Type"] = FRAMES;
      body = new Uint8Array(encodeFrame(call.frame.header, call.frame.payload));
    } else if (call.json) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(call.json);
    }

    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await this.#fetch(this.#url(call), {
        method: call.method,
        headers,
        body,
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(call.timeout ?? TIMEOUT)]),
      });
      bytes = await readBody(response, call.most ?? ANSWER_MAX);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw error instanceof Error && error.name === "TimeoutError"
        ? unreachable("timeout", "The server didn't answer in time.")
        : unreachable("offline", "The server can't be reached.");
    }

    const type = (response.headers.get("content-type") ?? "").split(";")[0]!.trim();
    if (!response.ok) {
      const after = Number(response.headers.get("retry-after") ?? NaN);
      throw readProblem(parse(bytes), response.status, Number.isFinite(after) ? after : undefined);
    }
    return {
      status: response.status,
      json: type === "application/json" && bytes.length > 0 ? parse(bytes) : null,
      frames: type === FRAMES ? decodeFrames(bytes) : [],
    };
  }

  #url(call: Call): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const text = query.toString();
    return this.#base + call.path + (text ? `?${text}` : "");
  }
}

/** The body, as far as it is bounded: what is longer isn't read to its end. */
async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const tooLarge = () => problem("answer_too_large", "The server's answer is too large.", { max: most });
  if (Number(response.headers.get("content-length") ?? 0) > most) {
    await response.body?.cancel();
    throw tooLarge();
  }
  if (!response.body) return new Uint8Array(0);
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw tooLarge();
    }
    parts.push(value);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
