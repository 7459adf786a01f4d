// Two people, two devices each, a real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { another, link, person, reads, rows, texts, until, wait, type Device } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

let server: Server;
let alice: Device;
let bob: Device;
let talk: string;
const open: Device[] = [];

before(async () => {
  server = await Server.start();
});

after(async () => {
  for (const device of open) await device.client.close();
  await server.stop();
});

test("a new person becomes ready by the mail's code alone", async () => {
  alice = await person(server, "alice");
  open.push(alice);
  bob = await person(server, "bob");
  open.push(bob);
  assert.equal(alice.client.snapshot().me?.username, "alice");
});

test("what one writes the other reads, in both directions, in order", async () => {
  talk = await alice.client.addPerson("bob");
  await alice.client.send(talk, "hello bob");
  await alice.client.send(talk, "how are you?");
  await reads(bob.client, talk, "how are you?");
  await bob.client.send(talk, "fine 🙂");
  await reads(alice.client, talk, "fine 🙂");
  const all = ["hello bob", "how are you?", "fine 🙂"];
  assert.deepEqual(await texts(alice.client, talk), all);
  assert.deepEqual(await texts(bob.client, talk), all);
});

test("a message is accepted, delivered, then read; the reader's unread count follows", async () => {
  await alice.client.send(talk, "mark this");
  const row = await reads(bob.client, talk, "mark this");
  assert.equal(bob.client.snapshot().conversations[0]?.unread, 3);
  await wait("delivered", async () => {
    const mine = (await rows(alice.client, talk)).at(-1);
    return mine?.type === "message" && mine.state === "delivered";
  });
  await bob.client.markRead(talk, row.seq!);
  assert.equal(bob.client.snapshot().conversations[0]?.unread, 0);
  await wait("read", async () => {
    const mine = (await rows(alice.client, talk)).at(-1);
    return mine?.type === "message" && mine.state === "read";
  });
});

test("a linked device reads and writes what comes after, and knows what was before from the archive", async () => {
  await alice.client.archiveNow();
  const second = await another(server, "alice", "alice's second");
  open.push(second);
  await link(alice.client, second.client);
  await until(second.client, "in the group", (s) => s.conversations[0]?.joined);

  await bob.client.send(talk, "for both of you");
  await reads(alice.client, talk, "for both of you");
  await reads(second.client, talk, "for both of you");
  await second.client.send(talk, "from my second");
  await reads(bob.client, talk, "from my second");
  await reads(alice.client, talk, "from my second");

  await second.client.archiveNow();
  const before = ["hello bob", "how are you?", "fine 🙂", "mark this"];
  assert.deepEqual((await texts(second.client, talk)).slice(0, 4), before);
});
