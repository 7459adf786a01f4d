// One HTTP request of the API: its body as JSON or frames, its answer likewise,
// its refusal as a ProblemError.

import { decodeFrames, encodeFrame, type Frame } from "./frame.ts";
import { readProblem, unreachable } from "./problem.ts";

export const FRAMES = "application/vnd.ngx-chat.frames";
const TIMEOUT = 30_000;

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
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
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

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
