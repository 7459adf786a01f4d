// Two people, two devices each, a real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { another, link, person, reads, rows, texts, until, wait, type Device } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

let server: Server;
const open: Device[] = [];

before(async () => {
  server = await Server.start();
});

after(async () => {
  for (const device of open) await device.client.close();
  await server.stop();
});

test("a new person becomes ready by the mail's code alone", async () => {
  const alice = await person(server, "alice");
  open.push(alice);
  const { me } = alice.client.snapshot();
  assert.equal(me?.username, "alice");
});
