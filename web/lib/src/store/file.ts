// A backend for Node: records in memory, every transaction appended to one file
// and flushed to the disk before it counts. The records are sealed; whoever
// opens the backend brings the key and keeps it elsewhere.

import type { Backend, Op } from "./backend.ts";
import { decodeFrame, encodeFrame, FrameError, toHex } from "../net/index.ts";

/** What the backend needs of a file system; see web/cli for Node's. */
export interface AppendFile {
  /** null: there is no such file */
  read(): Promise<Uint8Array | null>;
  /** Appends and flushes. */
  append(bytes: Uint8Array): Promise<void>;
  /** Replaces the whole, at once. */
  replace(bytes: Uint8Array): Promise<void>;
  close(): void;
  remove(): Promise<void>;
}

/** A file is written anew at opening when it holds so many times what is alive. */
const COMPACT_AT = 4;
const COMPACT_MIN = 1024 * 1024;

export async function openFile(file: AppendFile, key: CryptoKey): Promise<Backend> {
  const backend = new FileBackend(file, key);
  await backend.load();
  return backend;
}

/** A transaction in the file: its length, its CRC-like digest, its operations. */
async function encodeTransaction(ops: readonly Op[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const index: Array<[string, number]> = [];
  for (const { key, value } of ops) {
    index.push([key, value === null ? -1 : value.length]);
    if (value) parts.push(value);
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return encodeFrame({ index, sum: await digest(all) }, all);
}

async function digest(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).subarray(0, 8));
}

class FileBackend implements Backend {
  readonly #records = new Map<string, Uint8Array>();

  constructor(
    private readonly file: AppendFile,
    private readonly sealing: CryptoKey,
  ) {}

  async load(): Promise<void> {
    const bytes = await this.file.read();
    if (!bytes) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.length - at >= 4) {
      const size = view.getUint32(at);
      if (at + 4 + size > bytes.length) break;
      try {
        const { header, payload } = decodeFrame(bytes.subarray(at + 4, at + 4 + size));
        if ((header as { sum?: unknown }).sum !== (await digest(payload))) break;
        this.#apply((header as unknown as { index: Array<[string, number]> }).index, payload);
      } catch (error) {
        if (error instanceof FrameError) break;
        throw error;
      }
      at += 4 + size;
    }

    // a transaction that a crash cut short was never promised to anybody
    let alive = 0;
    for (const value of this.#records.values()) alive += value.length;
    if (at < bytes.length || (bytes.length > COMPACT_MIN && bytes.length > alive * COMPACT_AT)) {
      await this.file.replace(await this.#framed([...this.#records].map(([key, value]) => ({ key, value }))));
    }
  }

  key(): Promise<CryptoKey> {
    return Promise.resolve(this.sealing);
  }

  get(key: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.#records.get(key) ?? null);
  }

  range(from: string, to: string, limit: number, fromEnd: boolean): Promise<Array<[string, Uint8Array]>> {
    const found = [...this.#records].filter(([key]) => key >= from && key < to);
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    if (found.length <= limit) return Promise.resolve(found);
    return Promise.resolve(fromEnd ? found.slice(-limit) : found.slice(0, limit));
  }

  keys(from: string, to: string, limit: number): Promise<string[]> {
    const found = [...this.#records.keys()].filter((key) => key >= from && key < to);
    return Promise.resolve(found.sort().slice(0, limit));
  }

  async write(ops: readonly Op[]): Promise<void> {
    await this.file.append(await this.#framed(ops));
    for (const { key, value } of ops) {
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, value);
    }
  }

  close(): void {
    this.file.close();
  }

  async wipe(): Promise<void> {
    this.#records.clear();
    await this.file.remove();
  }

  async #framed(ops: readonly Op[]): Promise<Uint8Array> {
    const body = await encodeTransaction(ops);
    const framed = new Uint8Array(4 + body.length);
    new DataView(framed.buffer).setUint32(0, body.length);
    framed.set(body, 4);
    return framed;
  }

  #apply(index: Array<[string, number]>, payload: Uint8Array): void {
    let at = 0;
    for (const [key, size] of index) {
      if (size < 0) {
        this.#records.delete(key);
      } else {
        this.#records.set(key, payload.slice(at, at + size));
        at += size;
      }
    }
  }
}
