// A server that lies to one device: about who may read, what was sent, and what was kept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Account } from "../../src/engine/account.ts";
import { Archive } from "../../src/engine/archive.ts";
import { Directory } from "../../src/engine/directory.ts";
import { Inbox } from "../../src/engine/inbox.ts";
import { Outbox } from "../../src/engine/outbox.ts";
import { Packages } from "../../src/engine/packages.ts";
import { People } from "../../src/engine/people.ts";
import { keys, type ConversationRecord, type RowRecord } from "../../src/engine/records.ts";
import { encodeContent } from "../../src/engine/rows.ts";
import { Views } from "../../src/engine/views.ts";
import { Worker } from "../../src/engine/worker.ts";
import { certify, makeAccountKey, makeArchiveKey } from "../../src/identity/index.ts";
import * as mls from "../../src/mls/index.ts";
import { problem, toBase64url, toHex } from "../../src/net/index.ts";
import { Batch } from "../../src/store/index.ts";
import { ALICE, engine, ME, MINE, offer, said, THEIRS } from "../harness/engine.ts";
import { ghost } from "../mls/people.ts";

const code = (wanted: string) => (error: unknown) => (error as { code?: string }).code === wanted;
const me = { ...ghost(ME), device: MINE };
const alice = { ...ghost(ALICE), device: THEIRS };
const known = ({ device, signaturePublic }: mls.DeviceIdentity) => ({ device, signatureKey: toBase64url(signaturePublic) });
const nobody = { self: () => {}, unknown: () => Promise.resolve(), work: () => {}, stalled: (_: string, error: unknown) => assert.fail(String(error)) };
const all = () => true;

/** This device in a group of two with alice's; sent: what left it, and the answer that it got. */
async function together(answer: (n: number) => object = (n) => ({ seq: n + 1, time: new Date().toISOString() }), clock = { now: Date.now(), random: 0.5 }) {
  const left: Uint8Array[] = [];
  const line = {
    request: (_op: string, _header: object, payload: Uint8Array) => {
      left.push(payload);
      return Promise.resolve({ ok: answer(left.length), payload: new Uint8Array(0) });
    },
  };
  const parts = await engine({}, line, clock);
  const { core, states, conversations } = parts;
  core.identity = { devicePublic: toBase64url(me.signaturePublic), devicePrivate: toBase64url(me.signaturePrivate), accountPublic: "AAAA" } as never;
  const directory = new Directory(core);
  const person = (account: string, id: mls.DeviceIdentity) => ({
    account, username: account, displayName: account, publicKey: "AAAA", version: 1, verified: false, keyChanged: false,
    mustConfirm: false, devices: [known(id)], former: [] as object[], fetched: 1,
  });
  core.people.set(ME, person(ME, me) as never);
  core.people.set(ALICE, person(ALICE, alice) as never);

  const groupId = crypto.getRandomValues(new Uint8Array(20));
  const theirs = await mls.makeKeyPackage(alice, 1);
  const made = await mls.commit(await mls.createGroup(me, groupId, 1, all), { add: [theirs.message] }, all);
  const leaves = [[0, ME, MINE], [1, ALICE, THEIRS]].map(([leaf, account, device]) => ({ leaf, account, device, removal_pending: false }));
  const c = await conversations.take(said("direct", [ME, ALICE], { epoch: 1, group_id: toBase64url(groupId), leaves, last_seq: 1 }));
  c.cursor = 1;
  const batch = new Batch();
  states.put(batch, c.id, { group: made.next, epoch: 1, updated: clock.now, sent: 0, broken: null });
  await core.store.write(batch);
  const inbox = new Inbox(core, states, directory, new Packages(core), nobody);
  const outbox = new Outbox(core, states, directory, inbox);
  const peer = (await mls.joinByWelcome(alice, made.welcome!, [theirs], all)).group;
  return { ...parts, directory, inbox, outbox, c, left, peer, groupId, made };
}

const row = async (core: { store: { get<T>(key: string): Promise<{ value: T } | null> } }, c: ConversationRecord, seq: number) =>
  (await core.store.get<RowRecord>(keys.row(c.id, c.base + seq)))?.value;

test("nothing is said to a leaf whose device is certified no more, though its certificate was good once", async () => {
  for (const revoked of [true, false]) {
    const { core, outbox, c, left } = await together();
    const person = core.people.get(ALICE)!;
    if (revoked) [person.devices, person.former] = [[], person.devices];
    await outbox.add(c, "for whom?");
    if (revoked) await assert.rejects(outbox.send(c), code("not_joined"));
    else await outbox.send(c);
    assert.equal(left.length, revoked ? 0 : 1);
    assert.equal(outbox.items(c.id).length, revoked ? 1 : 0, "and it isn't lost");
  }
});

test("an old entry isn't overwritten by a server that says it is the message just sent", async () => {
  const { core, outbox, c } = await together(() => ({ seq: 1, time: new Date().toISOString() }));
  const old = { type: "message", seq: 1, time: 1, id: "old", mine: false, sender: ALICE, device: THEIRS, text: "said before", sent: 1, restored: false };
  await core.store.write(new Batch().put(keys.row(c.id, 1), old));
  await outbox.add(c, "said now");
  await outbox.send(c);
  assert.deepEqual(await row(core, c, 1), old);
  assert.equal(outbox.items(c.id)[0]?.failed?.code, "bad_answer", "the person is told, and the text is kept");
});

test("a message that the server numbered ahead of the log isn't lost when another entry stands there", async () => {
  const { core, inbox, outbox, c, peer } = await together(() => ({ seq: 3, time: new Date().toISOString() }));
  const time = new Date().toISOString();
  await outbox.add(c, "said now");
  await outbox.send(c);
  assert.equal((await row(core, c, 3))?.type, "message");
  const hers = await mls.encrypt(peer, encodeContent("hers", "hello", 1), new Uint8Array(0));
  const more = await mls.encrypt(hers.next, encodeContent("more", "again", 2), new Uint8Array(0));
  const enter = (seq: number, payload: Uint8Array) =>
    inbox.entry({ header: { conversation: c.id, seq, kind: "message", session: THEIRS, sender: ALICE, client_id: "x", time } as never, payload });
  await enter(2, hers.message);
  assert.equal(outbox.items(c.id).length, 0, "the log may still show it");
  await enter(3, more.message);
  await core.store.flushed();
  const stands = await row(core, c, 3);
  assert.ok(stands?.type === "message" && stands.text === "again");
  const [kept] = outbox.items(c.id);
  assert.equal(kept?.text, "said now");
  assert.equal(kept?.failed?.code, "bad_answer", "the person decides about it");

  // the number is an entry's now: no other message is believed to be it
  await outbox.add(c, "and now");
  await outbox.send(c);
  assert.deepEqual(outbox.items(c.id).map(({ failed }) => failed?.code), ["bad_answer", "bad_answer"]);
});

test("a log that begins anew lays nothing over a message that was sent at the old one's end", async () => {
  const { core, inbox, outbox, conversations, c, peer } = await together();
  await outbox.add(c, "the last of the old log");
  await outbox.send(c);
  await conversations.restart("another");
  const hers = await mls.encrypt(peer, encodeContent("hers", "the first of the new one", 1), new Uint8Array(0));
  const header = { conversation: c.id, seq: 1, kind: "message", session: THEIRS, sender: ALICE, client_id: "x", time: new Date().toISOString() };
  await inbox.entry({ header: header as never, payload: hers.message });
  await core.store.flushed();
  const texts = (await core.store.all<RowRecord>(keys.rows(c.id))).map(({ value }) => (value.type === "message" ? value.text : value.type));
  assert.deepEqual(texts, ["the last of the old log", "the first of the new one"]);
});

test("a verified person's key that changed holds back what waits, until somebody looked", async () => {
  const { core, outbox, c, left } = await together();
  const person = core.people.get(ALICE)!;
  person.mustConfirm = true;
  await outbox.add(c, "not yet");
  await assert.rejects(outbox.send(c), code("not_joined"));
  assert.equal(left.length, 0);
  person.mustConfirm = false;
  await outbox.send(c);
  assert.equal(left.length, 1);
});

test("a Welcome that is shown again doesn't begin old keys anew", async () => {
  // alice's device is this one's counterpart: here she is who was welcomed
  const parts = await engine();
  const { core, states, conversations } = parts;
  core.session!.account = ALICE;
  core.session!.device = THEIRS;
  core.identity = { devicePublic: toBase64url(alice.signaturePublic), devicePrivate: toBase64url(alice.signaturePrivate) } as never;
  for (const [account, id] of [[ME, me], [ALICE, alice]] as const) {
    core.people.set(account, { account, devices: [known(id)], former: [], fetched: 1 } as never);
  }
  const packages = new Packages(core);
  const directory = new Directory(core);
  const inbox = new Inbox(core, states, directory, packages, nobody);
  const groupId = crypto.getRandomValues(new Uint8Array(20));
  const theirs = await mls.makeKeyPackage(alice, 1);
  await core.store.write(new Batch().put(keys.package(toHex(theirs.ref)), { ref: toHex(theirs.ref), lastResort: true, expires: Date.now() + 1e9, conversation: null },
    await frames(theirs.message, theirs.secret)));
  let mine = await mls.createGroup(me, groupId, 1, all);
  const made = await mls.commit(mine, { add: [theirs.message] }, all);
  mine = made.next;
  const c = await conversations.take(said("direct", [ME, ALICE], { group_id: toBase64url(groupId) }));
  const time = new Date().toISOString();
  const body = { epoch: 1, external: false, added: [{ leaf: 1, account: ALICE, device: THEIRS }], removed: [], committer: { leaf: 0, account: ME, device: MINE }, welcome: true };
  const welcome = (seq: number) => inbox.entry({ header: { conversation: c.id, seq, kind: "commit", session: MINE, time, body } as never, payload: made.welcome! });
  const message = (seq: number, payload: Uint8Array) =>
    inbox.entry({ header: { conversation: c.id, seq, kind: "message", session: MINE, sender: ME, time, epoch: 1 } as never, payload });
  const content = (id: string, text: string) => new TextEncoder().encode(JSON.stringify({ v: 1, type: "text", text, id, sent: 1 }));

  await welcome(1);
  const one = await mls.encrypt(mine, content("one", "first"), new Uint8Array(0));
  await message(2, one.message);
  await welcome(3);
  await message(4, one.message); // what was read must not be readable again
  const two = await mls.encrypt(one.next, content("two", "second"), new Uint8Array(0));
  await message(5, two.message);
  await core.store.flushed();
  const types = await Promise.all([2, 4, 5].map((seq) => row(core, c, seq)));
  assert.deepEqual(types.map((one) => one?.type), ["message", "undecryptable", "message"]);
  assert.equal(types[1]?.type === "undecryptable" && types[1].why, "replayed");
});

async function frames(...parts: Uint8Array[]): Promise<Uint8Array> {
  const { concat, encodeFrame } = await import("../../src/net/index.ts");
  return concat(parts.map((part) => encodeFrame({}, part)));
}

test("a key package that was given to one private conversation opens no other, and none of the stock opens that", async () => {
  const { core } = await together();
  const packages = new Packages(core);
  await packages.forConversation("secret");
  const [ref] = (await core.store.all<{ ref: string }>(keys.packages)).map(({ value }) => Buffer.from(value.ref, "hex"));
  assert.equal((await packages.held([ref!], "secret")).length, 1);
  assert.equal((await packages.held([ref!], "another")).length, 0);
  assert.equal((await packages.held([ref!], null)).length, 0);
});

test("a safety number that changed while people compared it isn't marked as verified", async () => {
  const { core, directory, outbox, c } = await together();
  core.identity = { ...core.identity!, accountPublic: toBase64url(makeAccountKey().public) };
  const person = core.people.get(ALICE)!;
  person.publicKey = toBase64url(makeAccountKey().public);
  const worker = { blocked: () => false, pokeAll: () => {} };
  const views = new Views(core, directory, outbox, worker as never);
  const people = new People({ core, directory, views, worker, compared: new Map() } as never);
  const before = await people.safetyNumber(c.id);
  person.publicKey = toBase64url(makeAccountKey().public);
  await assert.rejects(people.setVerified(c.id, true), code("key_changed"));
  assert.equal(person.verified, false);
  const after = await people.safetyNumber(c.id);
  assert.notEqual(after.digits, before.digits);
  await people.setVerified(c.id, true);
  assert.equal(person.verified, true);
});

test("a private conversation that was verified isn't any more when its other side's account key changes", async () => {
  const fresh = makeAccountKey();
  const signed = certify(fresh.private, ALICE, THEIRS, alice.signaturePublic, 1);
  const answer = {
    account: ALICE, username: "alice", display_name: "alice", public_key: toBase64url(fresh.public), version: 2,
    devices: [{ device: THEIRS, signature_key: toBase64url(alice.signaturePublic), certificate: { created: signed.created, signature: toBase64url(signed.signature) }, created: "" }],
  };
  const { core, conversations } = await engine({ accountDevices: () => Promise.resolve(answer) });
  const c = await conversations.take(said("private", [ME, ALICE], offer(THEIRS, "active")));
  c.verified = true;
  core.people.set(ALICE, { account: ALICE, publicKey: toBase64url(makeAccountKey().public), verified: true, devices: [], former: [], fetched: 0 } as never);
  await new Directory(core).ensure(ALICE);
  assert.equal(c.verified, false);
  assert.equal(core.people.get(ALICE)!.mustConfirm, true);
});

test("the only account key isn't destroyed by a server that says there is another one", async () => {
  const key = makeAccountKey();
  const secrets = { accountPublic: toBase64url(key.public), accountPrivate: toBase64url(key.private), archiveKey: toBase64url(makeArchiveKey()) };
  let lies = true;
  const api = {
    setDeviceKey: () => Promise.resolve({ state: "approved" }),
    setAccountKey: () => (lies ? Promise.reject(problem("account_key_exists", "")) : Promise.resolve({})),
    accountDevices: () => Promise.resolve({ account: ME, username: "me", display_name: "me", public_key: lies ? "AAAA" : secrets.accountPublic, version: 1, devices: [] }),
    keyPackageCount: () => Promise.resolve({ count: 100, last_resort: true }),
    uploadKeyPackages: () => Promise.resolve({}),
  };
  const { core } = await engine(api);
  core.session!.prepared = false;
  core.identity = { devicePublic: toBase64url(me.signaturePublic), devicePrivate: toBase64url(me.signaturePrivate), ...secrets, certificate: null, resetting: false };
  const account = new Account(core, new Packages(core), new Directory(core), { name: "", platform: "" });
  await assert.rejects(account.prepare(), code("account_key_exists"));
  assert.equal(core.identity!.accountPrivate, null, "it isn't used");
  await account.prepare();
  assert.equal(core.session!.prepared, false, "this device has to be approved");
  lies = false;
  await account.prepare();
  assert.equal(core.identity!.accountPrivate, secrets.accountPrivate);
  assert.equal(core.identity!.archiveKey, secrets.archiveKey);
});

/** A server's archive; `full`: it takes nothing more. */
function kept() {
  const parts = new Map<number, { payload: Uint8Array; updated: string }>();
  let n = 0;
  const state = { full: false, parts };
  const api = {
    archive: () => Promise.resolve({ items: [...parts].map(([part, { payload, updated }]) => ({ part, size: payload.length, updated })), bytes: 0 }),
    archivePart: (part: number) => Promise.resolve(parts.get(part)!.payload),
    putArchive: (part: number, payload: Uint8Array) => {
      if (state.full) return Promise.reject(problem("payload_too_large", ""));
      parts.set(part, { payload, updated: String(++n) });
      return Promise.resolve({ part, size: payload.length, updated: String(n) });
    },
  };
  return { api, state };
}

async function archived(api: object) {
  const { core, states, conversations } = await engine(api);
  core.identity = { archiveKey: toBase64url(makeArchiveKey()) } as never;
  const c = await conversations.take(said("direct", [ME, ALICE]));
  const archive = new Archive(core, states.lanes);
  const say = async (seq: number, text: string) => {
    const value = { type: "message", seq, time: seq, id: `m${seq}`, mine: false, sender: ALICE, device: THEIRS, text, sent: 1, restored: false };
    await core.store.write(new Batch().put(keys.row(c.id, seq), value));
    c.cursor = seq;
  };
  return { core, c, archive, say };
}

test("an archive part that the server puts back to how it was is noticed, and what is new goes elsewhere", async () => {
  const { api, state } = kept();
  const { core, archive, say } = await archived(api);
  await say(1, "one");
  await archive.run();
  const [part, old] = [...state.parts][0]!;
  await say(2, "two");
  await archive.run();
  assert.equal(state.parts.size, 1, "it is added to the part that has room");
  assert.deepEqual(archive.view.older, []);
  const now = state.parts.get(part)!;
  state.parts.set(part, { payload: old.payload, updated: now.updated });
  await say(3, "three");
  await archive.run();
  assert.deepEqual(archive.view.older, [part]);
  assert.equal(state.parts.size, 2, "nothing is built upon the old one");
  assert.equal((await row(core, { id: "talk", base: 0 } as never, 3))?.type, "message");
});

test("a full archive says so, and saves what waited when there is room", async () => {
  const { api, state } = kept();
  const { archive, say } = await archived(api);
  await say(1, "one");
  state.full = true;
  await archive.run();
  assert.equal(archive.view.state, "full");
  state.full = false;
  await archive.run();
  assert.equal(archive.view.state, "idle");
  assert.equal(state.parts.size, 1);
});

test("a device renews its keys a day after it did, and after 500 messages of its own", async () => {
  const cases = [{ age: 0, sent: 0, renews: false }, { age: 86_400_001, sent: 0, renews: true }, { age: 0, sent: 500, renews: true }, { age: 0, sent: 499, renews: false }];
  for (const { age, sent, renews } of cases) {
    const clock = { now: Date.now(), random: 0 };
    const { core, states, directory, c } = await together(undefined, clock);
    const held = (await states.get(c.id))!;
    const batch = new Batch();
    states.put(batch, c.id, { ...held, updated: clock.now - age, sent });
    await core.store.write(batch);
    const made: string[] = [];
    const groups = {
      finishPending: () => Promise.resolve(), condemned: () => [], missing: () => Promise.resolve([]),
      change: (_c: unknown, _wanted: unknown, kind: string) => {
        made.push(kind);
        states.put(new Batch(), c.id, { ...held, updated: clock.now, sent: 0 });
        return Promise.resolve();
      },
    };
    const worker = new Worker(core, states, directory, groups as never, { waiting: () => false } as never, {} as never);
    for (let turn = 0; turn < 3; turn++) {
      worker.poke(c.id);
      await worker.settled();
      clock.now += 60_001; // what any device may do starts after a while
    }
    worker.stop();
    assert.deepEqual(made, renews ? ["update"] : [], JSON.stringify({ age, sent }));
  }
});

test("a device that somebody else added isn't said to be missing any more", async () => {
  const { core, directory, outbox, c } = await together();
  const views = new Views(core, directory, outbox, { blocked: () => false } as never);
  c.missing = { devices: [THEIRS, MINE.replace("a", "c")], retryAt: 0, tries: 1 };
  assert.equal(views.conversation(c).missingDevices, 1);
  c.leaves = c.leaves.filter((leaf) => leaf.device !== THEIRS);
  assert.equal(views.conversation(c).missingDevices, 2);
});
