// Devices that come, go and lose what they had; what the server could tell.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openIndexedDb } from "../../src/index.ts";
import { another, Device, link, PASSWORD, person, reads, ready, rows, texts, until, wait } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

const MARK = "zanzibar-marmalade";

let server: Server;
let alice: Device;
let second: Device;
let bob: Device;
let talk: string;
const open: Device[] = [];

before(async () => {
  server = await Server.start();
  alice = await person(server, "alice");
  bob = await person(server, "bob");
  open.push(alice, bob);
  talk = await alice.client.addPerson("bob");
  await alice.client.send(talk, `${MARK} before`);
  await reads(bob.client, talk, `${MARK} before`);
});

after(async () => {
  for (const device of open) await device.client.close();
  await server.stop();
});

test("a device that is revoked reads nothing any more, and is told to forget", async () => {
  second = await another(server, "alice", "alice's second");
  open.push(second);
  await link(alice.client, second.client);
  await until(second.client, "in the group", (s) => s.conversations[0]?.joined);
  await bob.client.send(talk, `${MARK} to all three`);
  await reads(second.client, talk, `${MARK} to all three`);

  const id = second.client.snapshot().me!.device;
  await alice.client.revokeDevice(id);
  await until(second.client, "revoked", (s) => s.session === "revoked");
  await bob.client.send(talk, `${MARK} not for the second`);
  await reads(alice.client, talk, `${MARK} not for the second`);
  assert.ok(!(await texts(second.client, talk)).includes(`${MARK} not for the second`));
  const leaves = await server.psql(`SELECT count(*) FROM chat.leaf WHERE session = '${id}'`).catch(() => "unknown");
  if (leaves !== "unknown") assert.equal(leaves.trim(), "0", "its leaf is gone from the group");
});

test("a device that lost its group's state comes in again by itself, and says what may be missing", async () => {
  await bob.client.close();
  // the database forgets the group: as after a restored profile
  await new Promise<void>((resolve, reject) => {
    const request = bob.factory.open("db");
    request.onsuccess = () => {
      const transaction = request.result.transaction("records", "readwrite");
      transaction.objectStore("records").delete(`group/${talk}`);
      transaction.oncomplete = () => {
        request.result.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error!);
    };
  });
  await alice.client.send(talk, `${MARK} while bob was lost`);
  await bob.open();
  await ready(bob.client);
  await wait("bob's rejoin", async () => (await rows(bob.client, talk)).some((row) => row.type === "info" && row.info === "rejoined"));
  await alice.client.send(talk, `${MARK} bob is back`);
  await reads(bob.client, talk, `${MARK} bob is back`);
  await bob.client.send(talk, `${MARK} yes`);
  await reads(alice.client, talk, `${MARK} yes`);
  const lost = (await rows(bob.client, talk)).filter((row) => row.type === "undecryptable");
  assert.equal(lost.length, 1, "one row says that a message could not be read");
  assert.ok(lost[0]!.type === "undecryptable" && lost[0]!.next !== undefined);
});

test("who lost every device gets in by the recovery key, with history, and others see no new key", async () => {
  const key = await alice.client.recoveryMake();
  await assert.rejects(alice.client.recoveryConfirm("not the key"), (e: { code: string }) => e.code === "bad_recovery_key");
  await alice.client.recoveryConfirm(key.toLowerCase());
  assert.equal(await alice.client.recoveryCheck(key), true);
  await alice.client.archiveNow();
  await alice.client.close();
  open.splice(open.indexOf(alice), 1);

  alice = await another(server, "alice", "alice's new one");
  open.push(alice);
  await alice.client.recoveryUse(key);
  await ready(alice.client);
  // at once, and nobody asked for it
  await wait("history", async () => (await texts(alice.client, talk)).includes(`${MARK} before`), 8_000);
  assert.ok(alice.client.snapshot().archive.restored > 0);
  await until(alice.client, "in the group", (s) => s.conversations.find((c) => c.id === talk)?.joined);
  await bob.client.send(talk, `${MARK} welcome back`);
  await reads(alice.client, talk, `${MARK} welcome back`);
  await alice.client.send(talk, `${MARK} thanks`);
  await reads(bob.client, talk, `${MARK} thanks`);
  assert.equal(bob.client.snapshot().conversations.find((c) => c.id === talk)?.keyChanged, false);
});

test("safety numbers are equal on both sides; a reset account key is told, and stops what was verified", async () => {
  const here = await alice.client.safetyNumber(talk);
  const there = await bob.client.safetyNumber(talk);
  assert.equal(here.digits, there.digits);
  assert.match(here.digits, /^(\d{5} ){11}\d{5}$/);
  assert.equal(await bob.client.safetyScan(talk, here.qr), true);
  assert.equal(bob.client.snapshot().conversations.find((c) => c.id === talk)?.verified, true);

  await alice.client.close();
  open.splice(open.indexOf(alice), 1);
  alice = await another(server, "alice", "alice's third");
  open.push(alice);
  await alice.client.resetAccountKey(PASSWORD);
  await ready(alice.client);
  const seen = await until(bob.client, "the new key", (s) => s.conversations.find((c) => c.id === talk && c.keyChanged));
  assert.equal(seen.verified, false);
  assert.equal(seen.blocked, "key_changed");
  await bob.client.send(talk, `${MARK} held back`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.ok(!(await texts(alice.client, talk)).includes(`${MARK} held back`), "nothing goes to a key that nobody looked at");
  await bob.client.acknowledgeKeyChange(talk);
  await reads(alice.client, talk, `${MARK} held back`, 30_000);
  assert.ok((await rows(bob.client, talk)).some((row) => row.type === "key_change" && row.wasVerified));
});

test("who starts with new keys writes into a group whose devices went and came before it got in", async () => {
  const [carol, dave] = [await person(server, "carol"), await person(server, "dave")];
  const tablet = await another(server, "carol", "carol's tablet");
  await link(carol.client, tablet.client);
  const chat = await carol.client.addPerson("dave");
  await carol.client.send(chat, `${MARK} from the old ones`);
  await reads(dave.client, chat, `${MARK} from the old ones`);
  await reads(tablet.client, chat, `${MARK} from the old ones`);
  for (const old of [carol, tablet]) await old.client.close();

  dave.chance = () => 0; // he removes the old ones and adds the new one, soon
  const fresh = await another(server, "carol", "carol's new one");
  fresh.chance = () => 0.999; // and it waits to be added
  open.push(dave, fresh);
  await fresh.client.resetAccountKey(PASSWORD);
  await ready(fresh.client);
  await until(fresh.client, "in the group", (s) => s.conversations.find((c) => c.id === chat)?.joined);
  await fresh.client.send(chat, `${MARK} from the new one`);
  await reads(dave.client, chat, `${MARK} from the new one`);
});

test("who writes before he was added comes in by himself, soon", async () => {
  const [erin, frank] = [await person(server, "erin"), await person(server, "frank")];
  const chat = await erin.client.addPerson("frank");
  await erin.client.send(chat, `${MARK} hello`);
  await reads(frank.client, chat, `${MARK} hello`);
  const key = await erin.client.recoveryMake();
  await erin.client.recoveryConfirm(key);
  await erin.client.close();
  await frank.client.close(); // nobody adds it

  const fresh = await another(server, "erin", "erin's new one");
  fresh.chance = () => 0.999;
  open.push(fresh);
  await fresh.client.recoveryUse(key);
  await ready(fresh.client);
  await until(fresh.client, "the chat", (s) => s.conversations.some((c) => c.id === chat));
  await new Promise((resolve) => setTimeout(resolve, 500)); // its wait has begun
  await fresh.client.send(chat, `${MARK} and nobody is there`);
  await wait("the message, stored", async () => (await rows(fresh.client, chat)).some((row) => row.type === "message" && row.seq !== null && row.text.endsWith("nobody is there")), 6_000);
  await frank.open();
  open.push(frank);
  await reads(frank.client, chat, `${MARK} and nobody is there`);
});

test("what was done to the group during a block is made up for when it ends: what is said then is read at once", async () => {
  const [gina, hugo] = [await person(server, "gina"), await person(server, "hugo")];
  open.push(gina, hugo);
  const chat = await gina.client.addPerson("hugo");
  await gina.client.send(chat, `${MARK} all is well`);
  await reads(hugo.client, chat, `${MARK} all is well`);
  const peer = gina.client.snapshot().conversations.find((c) => c.id === chat)!.peer!.account;
  await gina.client.life.block(peer);

  const tablet = await another(server, "hugo", "hugo's tablet");
  open.push(tablet);
  await link(hugo.client, tablet.client);
  await until(tablet.client, "in the group", (s) => s.conversations.find((c) => c.id === chat)?.joined);
  await hugo.client.send(chat, `${MARK} unheard`);
  await reads(tablet.client, chat, `${MARK} unheard`);

  await gina.client.life.unblock(peer);
  await tablet.client.send(chat, `${MARK} sorry`);
  await reads(gina.client, chat, `${MARK} sorry`);
  await gina.client.send(chat, `${MARK} fine`);
  for (const { client } of [hugo, tablet]) await reads(client, chat, `${MARK} fine`);
  assert.ok(!(await texts(gina.client, chat)).includes(`${MARK} unheard`));
  const bad = (await rows(gina.client, chat)).filter((row) => row.type === "undecryptable" || row.type === "expired");
  assert.deepEqual(bad, []);
});

test("a private conversation is read by two devices alone, and its keys go when it is closed", async () => {
  const other = await another(server, "bob", "bob's second");
  open.push(other);
  await link(bob.client, other.client);
  const account = bob.client.snapshot().me!.account;
  const secret = await alice.client.offerPrivate(account);
  await until(bob.client, "the offer", (s) => s.conversations.find((c) => c.id === secret && c.private?.canAccept));
  await until(other.client, "the offer", (s) => s.conversations.find((c) => c.id === secret && c.private?.canAccept));
  await other.client.acceptPrivate(secret);
  await until(alice.client, "active", (s) => s.conversations.find((c) => c.id === secret && c.blocked === null && c.private?.state === "active"));
  await alice.client.send(secret, `${MARK} between two`);
  await reads(other.client, secret, `${MARK} between two`);
  await other.client.send(secret, `${MARK} only`);
  await reads(alice.client, secret, `${MARK} only`);
  const view = await until(bob.client, "the other device's", (s) => s.conversations.find((c) => c.id === secret && c.blocked === "other_device"));
  assert.equal(view.private?.here, false);
  assert.deepEqual(await texts(bob.client, secret), []);
  assert.equal((await alice.client.safetyNumber(secret)).digits, (await other.client.safetyNumber(secret)).digits);

  await other.client.closePrivate(secret);
  await until(alice.client, "closed", (s) => s.conversations.find((c) => c.id === secret && c.blocked === "closed"));
  for (const device of [alice, other]) {
    await device.client.forgetPrivate(secret);
    await device.client.close();
    const backend = await openIndexedDb(device.factory, "db", () => {});
    for (const prefix of ["group/", "row/", "pending/", "seen/"]) {
      assert.deepEqual(await backend.range(`${prefix}${secret}`, `${prefix}${secret}\uffff`, 10, false), []);
    }
    backend.close();
    await device.open();
  }
});

test("neither the database, nor the logs, nor a device's own database hold a plaintext or a private key", async () => {
  const dump = execFileSync("pg_dump", ["-d", server.place.conninfo], { maxBuffer: 256 * 1024 * 1024 });
  const logs = Buffer.concat(["error.log", "access.log"].map((name) => readFileSync(join(server.place.nginx, "logs", name))));
  const secrets = [MARK, Buffer.from(MARK).toString("hex"), Buffer.from(MARK).toString("base64").slice(0, 20), PASSWORD];
  assert.ok(dump.includes("alice@example.org"), "the dump has what the server may know");
  for (const secret of secrets) {
    assert.ok(!dump.includes(secret), `the database holds ${secret}`);
    assert.ok(!logs.includes(secret), `a log holds ${secret}`);
  }
  assert.ok(!/ngx[cd]_[\w-]{20}/.test(logs.toString("latin1")), "a log holds a token");

  await alice.client.close();
  const backend = await openIndexedDb(alice.factory, "db", () => {});
  const records = await backend.range("", "\uffff", 100_000, false);
  backend.close();
  await alice.open();
  assert.ok(records.some(([key]) => key.startsWith("row/")));
  for (const [key, value] of records) assert.ok(!Buffer.from(value).includes(MARK), `${key} is in clear`);
});

test("signing out with wipe leaves nothing on the device and no leaf in a group", async () => {
  const id = alice.client.snapshot().me!.device;
  await alice.client.signOut({ wipe: true });
  await until(alice.client, "signed out", (s) => s.session === "signed_out");
  assert.equal(alice.client.snapshot().conversations.length, 0);
  const left = await server.psql(`SELECT count(*) FROM chat.session WHERE id = '${id}' AND token_hash IS NOT NULL`);
  assert.equal(left.trim(), "0");
});
