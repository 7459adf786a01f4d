// What a conversation is, is settled at first sight, whatever the server says later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Directory } from "../../src/engine/directory.ts";
import { Inbox } from "../../src/engine/inbox.ts";
import { Worker } from "../../src/engine/worker.ts";
import { ALICE, engine, MALLORY, ME, offer, said } from "../harness/engine.ts";

test("a third account that the server names in a conversation of two is not let in", async () => {
  const { conversations } = await engine();
  await conversations.take(said("direct", [ME, ALICE]));
  const c = await conversations.take(said("direct", [ME, ALICE, MALLORY]));
  assert.deepEqual(c.members.map(({ account }) => account), [ME, ALICE]);
  assert.ok(c.refused, "the person is told");
});

test("a conversation of two that begins with three has two", async () => {
  const { conversations } = await engine();
  const c = await conversations.take(said("direct", [ME, ALICE, MALLORY]));
  assert.deepEqual(c.members.map(({ account }) => account), [ME, ALICE]);
});

test("a private conversation stays private, with the device that accepted it", async () => {
  for (const later of [said("direct", [ME, ALICE]), said("group", [ME, ALICE]), said("private", [ME, ALICE], offer("other"))]) {
    const { conversations } = await engine();
    await conversations.take(said("private", [ME, ALICE], offer(null, "offered")));
    await conversations.take(said("private", [ME, ALICE], offer("theirs")));
    const c = await conversations.take(later);
    assert.equal(c.kind, "private");
    assert.equal(c.private?.to_device, "theirs");
    assert.ok(c.refused);
  }
});

test("a private group is not made anew by the server's word", async () => {
  const { core, states, conversations } = await engine();
  const c = await conversations.take(said("private", [ME, ALICE], { ...offer("theirs", "active"), epoch: 3 }));
  const hooks = { self: () => {}, unknown: () => Promise.resolve(), work: () => {}, stalled: (_: string, error: unknown) => assert.fail(String(error)) };
  const inbox = new Inbox(core, states, new Directory(core), {} as never, hooks);
  const body = { type: "group_reset", group_id: "BBBB" };
  await inbox.entry({ header: { conversation: "talk", seq: 1, kind: "setting", time: new Date().toISOString(), body } as never, payload: new Uint8Array(0) });
  assert.equal(c.cursor, 1);
  assert.deepEqual([c.groupId, c.epoch], ["AAAA", 3]);
});

test("no private group is made with somebody whose changed key nobody has looked at", async () => {
  for (const mustConfirm of [true, false]) {
    const { core, states, conversations } = await engine();
    const directory = new Directory(core);
    core.people.set(ALICE, { account: ALICE, mustConfirm, devices: [], former: [] } as never);
    await conversations.take(said("private", [ME, ALICE], offer("theirs")));
    let made = 0;
    const groups = { finishPending: () => Promise.resolve(), createPrivate: () => Promise.resolve(void (made++, core.conversations.get("talk")!.state = "closed")) };
    const worker = new Worker(core, states, directory, groups as never, { waiting: () => false } as never, {} as never);
    worker.poke("talk");
    await worker.settled();
    worker.stop();
    assert.equal(made, mustConfirm ? 0 : 1);
  }
});
