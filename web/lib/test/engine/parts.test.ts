// What needs no server: frames, the store, the lead among tabs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { Lane, LANE_MAX } from "../../src/engine/core.ts";
import { FRAME_MAX, Socket, type WebSocketLike } from "../../src/net/socket.ts";
import { CALLS_MAX, Http } from "../../src/net/http.ts";
import { Lead, type LockManagerLike } from "../../src/engine/tabs.ts";
import { decodeFrame, decodeFrames, encodeFrame, fromBase64url, toBase64url, utf8 } from "../../src/net/index.ts";
import { Batch, openFile, openIndexedDb, Store, type AppendFile, type Backend } from "../../src/store/index.ts";

Object.assign(globalThis, { IDBKeyRange });

test("a frame is read as it was written, and a cut or padded one is refused", () => {
  const frame = encodeFrame({ op: "entry_send", id: 7 }, utf8("päyload"));
  assert.deepEqual(decodeFrame(frame), { header: { op: "entry_send", id: 7, size: 8 }, payload: utf8("päyload") });
  for (let length = 0; length < frame.length; length++) assert.throws(() => decodeFrame(frame.subarray(0, length)));
  assert.throws(() => decodeFrame(new Uint8Array([...frame, 0])));
  assert.equal(decodeFrames(new Uint8Array([...frame, ...frame])).length, 2);
});

test("base64url has no padding and refuses what isn't it", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(40_001));
  assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  for (const bad of ["a", "ab+d", "ab=="]) assert.throws(() => fromBase64url(bad));
});

class Memory implements AppendFile {
  bytes: Uint8Array | null = null;
  read = () => Promise.resolve(this.bytes);
  append = (more: Uint8Array) => Promise.resolve(void (this.bytes = new Uint8Array([...(this.bytes ?? []), ...more])));
  replace = (all: Uint8Array) => Promise.resolve(void (this.bytes = all));
  close = () => {};
  remove = () => Promise.resolve(void (this.bytes = null));
}

const sealing = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
const backends: Record<string, () => Promise<() => Promise<Backend>>> = {
  IndexedDB: () => {
    const factory = new IDBFactory();
    return Promise.resolve(() => openIndexedDb(factory, "db", () => {}));
  },
  file: async () => {
    const [file, key] = [new Memory(), await sealing()];
    return () => openFile(file, key);
  },
};

for (const [name, make] of Object.entries(backends)) {
  test(`${name}: a step is kept whole, sealed, in order, and another key's record doesn't pass for it`, async () => {
    const open = await make();
    const store = await Store.open(await open(), () => {});
    for (let n = 0; n < 20; n++) void store.write(new Batch().put("row/a/1", { n }).put(`row/a/${n + 10}`, { text: "secret words" }));
    await store.flushed();
    assert.deepEqual((await store.get("row/a/1"))?.value, { n: 19 });
    assert.deepEqual((await store.range("row/a/", "row/b", 2, true)).map(({ key }) => key), ["row/a/28", "row/a/29"]);
    await store.close();

    const backend = await open();
    for (const [, value] of await backend.range("", "~", 100, false)) assert.ok(!Buffer.from(value).includes("secret"));
    const moved = (await backend.get("row/a/1"))!;
    await backend.write([{ key: "row/a/2", value: moved }]);
    const again = await Store.open(backend, () => {});
    assert.deepEqual((await again.get("row/a/1"))?.value, { n: 19 });
    await assert.rejects(again.get("row/a/2"), (error: { code: string }) => error.code === "storage_damaged");
    await again.wipe();
    const empty = await open();
    assert.deepEqual(await empty.range("", "~", 100, false), []);
    empty.close();
  });
}

test("a browser that ends in the middle of wiping a device either kept it or still knows whom to tell", async () => {
  const open = (await backends.IndexedDB!())!;
  const store = await Store.open(await open(), () => {});
  await store.write(new Batch().put("row/a/1", { text: "secret words" }).put("session", { token: "t" }));
  const before = await (await open()).key();
  await store.wipe(new Batch().put("leaving/d", { token: "t", device: "d" }));
  // the page is gone before it could write anything more
  const backend = await open();
  assert.deepEqual((await backend.range("", "~", 100, false)).map(([key]) => key), ["leaving/d"]);
  const again = await Store.open(backend, () => {});
  assert.deepEqual((await again.get("leaving/d"))?.value, { token: "t", device: "d" });
  const data = new Uint8Array(16);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: data }, before, data);
  await assert.rejects(crypto.subtle.decrypt({ name: "AES-GCM", iv: data }, await backend.key(), sealed), "and the old key is gone");
});

test("a file that a crash cut short gives what was promised, and goes on from there", async () => {
  const [file, key] = [new Memory(), await sealing()];
  const backend = await openFile(file, key);
  await backend.write([{ key: "a", value: Uint8Array.of(1) }]);
  const whole = file.bytes!.length;
  await backend.write([{ key: "b", value: Uint8Array.of(2) }]);
  const full = file.bytes!;
  for (let length = whole; length < full.length; length++) {
    file.bytes = full.slice(0, length);
    const cut = await openFile(file, key);
    assert.deepEqual(await cut.get("a"), Uint8Array.of(1));
    assert.equal(await cut.get("b"), null);
    await cut.write([{ key: "c", value: Uint8Array.of(3) }]);
    assert.deepEqual(await (await openFile(file, key)).get("c"), Uint8Array.of(3));
  }
});

test("when the database is full the engine is told once, and nothing is written after it", async () => {
  const real = await openIndexedDb(new IDBFactory(), "db", () => {});
  let full = false;
  const backend: Backend = Object.assign(Object.create(real) as Backend, {
    key: () => real.key(),
    write: (ops: never) => (full ? Promise.reject(new DOMException("full", "QuotaExceededError")) : real.write(ops)),
  });
  const told: unknown[] = [];
  const store = await Store.open(backend, (error) => told.push(error));
  await store.write(new Batch().put("a", 1));
  full = true;
  const code = (error: { code: string }) => error.code === "storage_full";
  await Promise.all([assert.rejects(store.write(new Batch().put("b", 1)), code), assert.rejects(store.write(new Batch().put("c", 1)), code)]);
  full = false;
  await assert.rejects(store.write(new Batch().put("d", 1)), code);
  assert.equal(told.length, 1);
  assert.equal(await real.get("d"), null);
});

/** Web Locks as far as tabs use them: exclusive, in the order of asking. */
class Locks implements LockManagerLike {
  #held = false;
  readonly #queue: Array<() => void> = [];

  async request(_name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, callback: (lock: unknown) => unknown): Promise<unknown> {
    if (this.#held && options.ifAvailable) return callback(null);
    while (this.#held) {
      await new Promise<void>((resolve, reject) => {
        this.#queue.push(resolve);
        options.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
      if (options.signal?.aborted) throw new Error("aborted");
    }
    this.#held = true;
    try {
      return await callback({});
    } finally {
      this.#held = false;
      this.#queue.splice(0).forEach((go) => go());
    }
  }
}

test("of three tabs one leads; who asks gets the lead, before the one that waited longer", async () => {
  const [locks, channels] = [new Locks(), [] as Array<{ onmessage: ((event: { data: unknown }) => void) | null }>];
  const leads: string[] = [];
  const tab = (name: string) => {
    const channel = {
      onmessage: null as ((event: { data: unknown }) => void) | null,
      postMessage: (data: unknown) => channels.filter((other) => other !== channel).forEach((other) => other.onmessage?.({ data })),
      close: () => {},
    };
    channels.push(channel);
    const lead: Lead = new Lead("x", locks, channel, () => lead.release());
    return { lead, wait: () => lead.acquire().then((got) => got && leads.push(name)) };
  };
  const [a, b, c] = [tab("a"), tab("b"), tab("c")];
  assert.equal(await a.lead.tryAcquire(), true);
  assert.equal(await b.lead.tryAcquire(), false);
  void b.wait();
  void c.wait();
  c.lead.ask();
  const end = Date.now() + 3_000;
  while (leads.length === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(leads, ["c"]);
  for (const one of [a, b, c]) one.lead.close();
});

const refused = (wanted: string) => (error: unknown) => (error as { code?: string }).code === wanted;

test("an answer that doesn't end, or says that it is larger than its bound, isn't read", async () => {
  let given = 0;
  const endless = () => new ReadableStream<Uint8Array>({ pull: (out) => { given += 1000; out.enqueue(new Uint8Array(1000)); } });
  const http = (headers: Record<string, string>) =>
    new Http("http://x/", () => Promise.resolve(new Response(endless(), { headers })), () => null);
  const call = { method: "GET", path: "server", most: 100_000 } as const;
  await assert.rejects(http({}).call(call), refused("answer_too_large"));
  assert.ok(given < 110_000, `${given} bytes were read`);
  given = 0;
  await assert.rejects(http({ "content-length": "100001" }).call(call), refused("answer_too_large"));
  assert.ok(given < 10_000, `${given} bytes were read`);
});

test("so many calls are under way and no more, and there is room again when they are answered", async () => {
  const answers: Array<() => void> = [];
  const slow = () => new Promise<Response>((resolve) => answers.push(() => resolve(new Response("{}", { headers: { "content-type": "application/json" } }))));
  const http = new Http("http://x/", slow, () => null);
  const call = { method: "GET", path: "account" } as const;
  const all = Array.from({ length: CALLS_MAX }, () => http.call(call));
  await assert.rejects(http.call(call), (error: { code: string; retryable: boolean }) => error.code === "busy" && error.retryable);
  assert.equal(answers.length, CALLS_MAX);
  for (const answer of answers) answer();
  await Promise.all(all);
  const next = http.call(call);
  answers.at(-1)!();
  assert.equal((await next).status, 200);
});

test("a frame past its bound ends the connection instead of being read", () => {
  const ws = { binaryType: "", readyState: 1, send: () => {}, close: () => {} } as unknown as WebSocketLike;
  const closed: number[] = [];
  const events: string[] = [];
  new Socket(() => ws, "ws://x/", "t", { event: ({ event }) => events.push(event), closed: (code) => closed.push(code) });
  ws.onopen!({});
  const frame = (size: number) => encodeFrame({ event: "entry" }, new Uint8Array(size)).buffer;
  ws.onmessage!({ data: frame(1000) });
  assert.deepEqual([events, closed], [["entry"], []]);
  ws.onmessage!({ data: frame(FRAME_MAX) });
  assert.deepEqual([events, closed], [["entry"], [1009]]);
});

test("a lane takes so many steps and no more, and goes on when they are done", async () => {
  const lane = new Lane();
  let release = () => {};
  void lane.run(() => new Promise<void>((resolve) => (release = resolve)));
  for (let n = 1; n < LANE_MAX; n++) void lane.run(() => Promise.resolve());
  await assert.rejects(lane.run(() => Promise.resolve()), refused("busy"));
  release();
  await lane.settled();
  assert.equal(await lane.run(() => Promise.resolve("on")), "on");
});
