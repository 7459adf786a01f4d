// A backend in IndexedDB. The sealing key lies beside the records as a
// CryptoKey that can't be exported: pages can use it, nobody can copy it out.

import type { Backend, Op } from "./backend.ts";

const RECORDS = "records";
const KEYS = "keys";
const VERSION = 1;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB aborted"));
  });
}

function makeKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Opens the database; `lost` is called when the browser takes it away. */
export async function openIndexedDb(factory: IDBFactory, name: string, lost: () => void): Promise<Backend> {
  const request = factory.open(name, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(RECORDS);
    request.result.createObjectStore(KEYS);
  };
  const db = await done(request);
  db.onversionchange = () => {
    db.close();
    lost();
  };
  db.onclose = lost;
  return new IndexedDb(factory, name, db);
}

class IndexedDb implements Backend {
  constructor(
    private readonly factory: IDBFactory,
    private readonly name: string,
    private readonly db: IDBDatabase,
  ) {}

  async key(): Promise<CryptoKey> {
    const found = (await done(this.db.transaction(KEYS).objectStore(KEYS).get("seal"))) as CryptoKey | undefined;
    if (found) return found;
    const made = await makeKey();
    const transaction = this.db.transaction(KEYS, "readwrite", { durability: "strict" });
    transaction.objectStore(KEYS).put(made, "seal");
    await committed(transaction);
    return made;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const found = (await done(this.db.transaction(RECORDS).objectStore(RECORDS).get(key))) as Uint8Array | undefined;
    return found ?? null;
  }

  range(from: string, to: string, limit: number, fromEnd: boolean): Promise<Array<[string, Uint8Array]>> {
    if (from >= to) return Promise.resolve([]);
    const bounds = IDBKeyRange.bound(from, to, false, true);
    const store = this.db.transaction(RECORDS).objectStore(RECORDS);
    const found: Array<[string, Uint8Array]> = [];
    return new Promise((resolve, reject) => {
      const request = store.openCursor(bounds, fromEnd ? "prev" : "next");
      request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || found.length >= limit) {
          resolve(fromEnd ? found.reverse() : found);
          return;
        }
        found.push([cursor.key as string, cursor.value as Uint8Array]);
        cursor.continue();
      };
    });
  }

  keys(from: string, to: string, limit: number): Promise<string[]> {
    const bounds = IDBKeyRange.bound(from, to, false, true);
    return done(this.db.transaction(RECORDS).objectStore(RECORDS).getAllKeys(bounds, limit)) as Promise<string[]>;
  }

  async write(ops: readonly Op[]): Promise<void> {
    const transaction = this.db.transaction(RECORDS, "readwrite", { durability: "strict" });
    const store = transaction.objectStore(RECORDS);
    for (const { key, value } of ops) {
      if (value === null) store.delete(key);
      else store.put(value, key);
    }
    transaction.commit?.(); // else it waits until this thread has taken note of each put
    await committed(transaction);
  }

  close(): void {
    this.db.onclose = null;
    this.db.close();
  }

  async wipe(left?: (key: CryptoKey) => Promise<Op[]>): Promise<void> {
    const next = left ? await makeKey() : null;
    const ops = left && next ? await left(next) : [];
    const transaction = this.db.transaction([KEYS, RECORDS], "readwrite", { durability: "strict" });
    transaction.objectStore(KEYS).clear();
    transaction.objectStore(RECORDS).clear();
    if (next) transaction.objectStore(KEYS).put(next, "seal");
    for (const { key, value } of ops) transaction.objectStore(RECORDS).put(value, key);
    await committed(transaction);
    this.close();
    if (!next) await done(this.factory.deleteDatabase(this.name));
  }
}
