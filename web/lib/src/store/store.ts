// Records that only this device can read. A step of the engine is one batch: it
// is written whole or not at all, in the order of the calls, and what waits
// while a transaction commits goes into the next one together.

import { concat, decodeFrame, encodeFrame, problem, utf8 } from "../net/index.ts";
import type { Backend, Op } from "./backend.ts";

export interface Stored<T> {
  value: T;
  bytes: Uint8Array;
}

/** Of one transaction; a batch is never divided. */
const TOGETHER_MAX = 64;
const SEAL_VERSION = 1;
const IV_SIZE = 12;
const NONE = new Uint8Array(0);

interface Change {
  key: string;
  plain: Uint8Array | null;
}

/** What one step changes. Values are taken as they are at the call. */
export class Batch {
  readonly changes: Change[] = [];

  put(key: string, value: unknown, bytes: Uint8Array = NONE): this {
    this.changes.push({ key, plain: encodeFrame({ value }, bytes) });
    return this;
  }

  remove(key: string): this {
    this.changes.push({ key, plain: null });
    return this;
  }
}

export class Store {
  readonly #backend: Backend;
  readonly #key: CryptoKey;
  readonly #failed: (error: unknown) => void;
  #waiting: Array<{ batch: Batch; resolve(): void; reject(error: unknown): void }> = [];
  #writing: Promise<void> | null = null;
  #broken: unknown = null;

  private constructor(backend: Backend, key: CryptoKey, failed: (error: unknown) => void) {
    this.#backend = backend;
    this.#key = key;
    this.#failed = failed;
  }

  /** failed: called once, when a write didn't succeed; nothing is written after it. */
  static async open(backend: Backend, failed: (error: unknown) => void): Promise<Store> {
    return new Store(backend, await backend.key(), failed);
  }

  async get<T>(key: string): Promise<Stored<T> | null> {
    const sealed = await this.#backend.get(key);
    return sealed ? this.#open<T>(key, sealed) : null;
  }

  /** Records whose key begins so, in order. */
  all<T>(prefix: string): Promise<Array<Stored<T> & { key: string }>> {
    return this.range<T>(prefix, after(prefix), Number.MAX_SAFE_INTEGER, false);
  }

  async range<T>(
    from: string,
    to: string,
    limit: number,
    fromEnd: boolean,
  ): Promise<Array<Stored<T> & { key: string }>> {
    const found = await this.#backend.range(from, to, limit, fromEnd);
    return Promise.all(found.map(async ([key, sealed]) => ({ key, ...(await this.#open<T>(key, sealed)) })));
  }

  /** The first `limit` keys that begin so. */
  keys(prefix: string, limit: number): Promise<string[]> {
    return this.#backend.keys(prefix, after(prefix), limit);
  }

  /** Resolved when the batch is durable. After a failure every call is refused. */
  write(batch: Batch): Promise<void> {
    if (this.#broken !== null) return Promise.reject(storageProblem(this.#broken));
    if (batch.changes.length === 0 && !this.#writing) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  /** What was asked to be written until now can be read. */
  flushed(): Promise<void> {
    return this.write(new Batch());
  }

  async #settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async close(): Promise<void> {
    await this.#settled();
    this.#broken ??= new Error("closed");
    this.#backend.close();
  }

  /** left: what is to outlive it, as far as the backend can write it in the same step. */
  async wipe(left = new Batch()): Promise<void> {
    await this.#settled();
    this.#broken ??= new Error("wiped");
    const { changes } = left;
    await this.#backend.wipe(
      changes.length > 0 ? (key) => Promise.all(changes.map((change) => this.#seal(change, key))) : undefined,
    );
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // steps of the same turn go together
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, TOGETHER_MAX);
      try {
        const ops = await Promise.all(together.flatMap(({ batch }) => batch.changes.map((change) => this.#seal(change))));
        if (ops.length > 0) await this.#backend.write(ops);
        for (const { resolve } of together) resolve();
      } catch (error) {
        this.#broken = error;
        const refused = [...together, ...this.#waiting.splice(0)];
        for (const { reject } of refused) reject(storageProblem(error));
        this.#failed(error);
      }
    }
    this.#writing = null;
  }

  async #seal({ key, plain }: Change, sealing = this.#key): Promise<Op> {
    if (plain === null) return { key, value: null };
    const iv = crypto.getRandomValues(new Uint8Array(IV_SIZE));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: new Uint8Array(utf8(key)) },
      sealing,
      new Uint8Array(plain),
    );
    return { key, value: concat([Uint8Array.of(SEAL_VERSION), iv, new Uint8Array(sealed)]) };
  }

  async #open<T>(key: string, sealed: Uint8Array): Promise<Stored<T>> {
    if (sealed[0] !== SEAL_VERSION) throw problem("storage_damaged", "A record of the database can't be read.");
    const plain = await crypto.subtle
      .decrypt(
        {
          name: "AES-GCM",
          iv: new Uint8Array(sealed.subarray(1, 1 + IV_SIZE)),
          additionalData: new Uint8Array(utf8(key)),
        },
        this.#key,
        new Uint8Array(sealed.subarray(1 + IV_SIZE)),
      )
      .catch(() => {
        throw problem("storage_damaged", "A record of the database can't be read.");
      });
    const { header, payload } = decodeFrame(new Uint8Array(plain));
    return { value: (header as unknown as { value: T }).value, bytes: payload };
  }
}

/** The first key that doesn't begin with the prefix and sorts behind all that do. */
export function after(prefix: string): string {
  return prefix + "\uffff";
}

export function storageProblem(error: unknown): Error {
  const name = error instanceof Error ? error.name : "";
  return name === "QuotaExceededError"
    ? problem("storage_full", "There is no room left for this site's data.")
    : problem("storage_failed", "This device's database can't be written.", { reason: name });
}
