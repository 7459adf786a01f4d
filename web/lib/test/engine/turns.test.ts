// When a conversation's turn comes, and when it doesn't.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Directory } from "../../src/engine/directory.ts";
import { Groups } from "../../src/engine/groups.ts";
import { Worker } from "../../src/engine/worker.ts";
import { ALICE, engine, ME, MINE, said, THEIRS } from "../harness/engine.ts";

const WHILE = 400;
const pause = () => new Promise((resolve) => setTimeout(resolve, WHILE));

test("who asked for a device in vain has nothing to do once it came in by others", async () => {
  const { core, states, conversations } = await engine();
  for (const [account, device] of [[ME, MINE], [ALICE, THEIRS]] as const) {
    core.people.set(account, { account, fetched: 1, devices: [{ device, signatureKey: "" }], former: [] } as never);
  }
  const leaf = (leaf: number, account: string, device: string) => ({ leaf, account, device, removal_pending: false });
  const c = await conversations.take(said("direct", [ME, ALICE], { epoch: 2, leaves: [leaf(0, ME, MINE), leaf(1, ALICE, THEIRS)] }));
  c.missing = { devices: [THEIRS], retryAt: core.env.now() - 1, tries: 1 };

  let turns = 0;
  Object.assign(states, { get: async () => (turns++, { epoch: 2, broken: null, updated: core.env.now(), sent: 0 }) });
  const directory = new Directory(core);
  const worker = new Worker(core, states, directory, new Groups(core, states, directory, {} as never, async () => {}), { waiting: () => false } as never, {} as never);
  worker.poke("talk");
  await pause();
  worker.stop();
  assert.ok(turns > 0 && turns < 5, `${turns} looks at its state within ${WHILE} ms`);
  assert.equal(c.missing, null);
});

test("a first message to somebody without key packages is tried again by itself", async () => {
  const { core, states, conversations } = await engine();
  const c = await conversations.take(said("direct", [ME, ALICE]));
  let tries = 0;
  const create = async () => {
    c.missing = { devices: [THEIRS], retryAt: core.env.now(), tries: ++tries };
    return false;
  };
  const worker = new Worker(core, states, new Directory(core), { finishPending: async () => {}, create } as never, { waiting: () => true } as never, {} as never);
  worker.poke("talk");
  await pause();
  worker.stop();
  assert.ok(tries > 1, `${tries} tries within ${WHILE} ms`);
});
