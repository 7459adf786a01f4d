// The server's database is put back to how it was; an export holds what was said.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { person, reads, ready, rows, texts, type Device } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

let server: Server;
let alice: Device;
let bob: Device;
let talk: string;

before(async () => {
  server = await Server.start();
  alice = await person(server, "alice");
  bob = await person(server, "bob");
  talk = await alice.client.addPerson("bob");
  await alice.client.send(talk, "one");
  await reads(bob.client, talk, "one");
  await bob.client.send(talk, "two");
  await reads(alice.client, talk, "two");
});

after(async () => {
  for (const device of [alice, bob]) await device?.client.close();
  await server.stop();
});

/** As an operator would: the server stands still, its database is copied, or put back. */
async function standing(...statements: string[]): Promise<void> {
  await server.ask({ do: "stop" });
  const conninfo = server.place.conninfo.replace(/dbname=\S+/, "dbname=postgres").replace(/user=\S+/, "user=postgres");
  const kick = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('chat', 'copy')";
  for (const sql of [kick, ...statements]) execFileSync("psql", ["-qXd", conninfo, "-v", "ON_ERROR_STOP=1", "-c", sql], { stdio: ["ignore", "ignore", "inherit"] });
}

test("after the server's database was put back, all that was said is there once, and people go on", async () => {
  await standing("CREATE DATABASE copy TEMPLATE chat OWNER chat");
  await server.ask({ do: "start" });
  for (const { client } of [alice, bob]) client.reconnect();
  for (const { client } of [alice, bob]) await ready(client);
  await alice.client.send(talk, "three");
  await reads(bob.client, talk, "three");
  await bob.client.send(talk, "four");
  await reads(alice.client, talk, "four");

  await standing("DROP DATABASE chat", "ALTER DATABASE copy RENAME TO chat");
  await server.psql("UPDATE chat.meta SET log_epoch = gen_random_uuid()"); // chatctl new-log-epoch
  await server.ask({ do: "start" });
  for (const { client } of [alice, bob]) client.reconnect();
  for (const { client } of [alice, bob]) await ready(client);
  await alice.client.send(talk, "five");
  await reads(bob.client, talk, "five");
  await bob.client.send(talk, "six");
  await reads(alice.client, talk, "six");
  for (const { client } of [alice, bob]) {
    assert.deepEqual(await texts(client, talk), ["one", "two", "three", "four", "five", "six"]);
    const bad = (await rows(client, talk)).filter((row) => row.type === "undecryptable");
    assert.deepEqual(bad, []);
  }
});

test("an export holds all that was said, by whom and when, what waits to be sent, and no key", async () => {
  await alice.client.setDraft(talk, "half a thou");
  const file = JSON.parse(await (await alice.client.exportData()).text()) as {
    format: string; account: { username: string };
    conversations: Array<{ id: string; draft: string; members: Array<{ username: string }>; rows: Array<{ type: string; text?: string; time: string; mine?: boolean }> }>;
  };
  assert.equal(file.format, "ngx_chat export v1");
  assert.equal(file.account.username, "alice");
  const [said] = file.conversations.filter(({ id }) => id === talk);
  assert.equal(said!.draft, "half a thou");
  assert.deepEqual(said!.members.map(({ username }) => username).sort(), ["alice", "bob"]);
  const messages = said!.rows.filter(({ type }) => type === "message");
  assert.deepEqual(messages.map(({ text, mine }) => [text, mine]).slice(0, 2), [["one", true], ["two", false]]);
  assert.ok(messages.every(({ time }) => Math.abs(Date.parse(time) - Date.now()) < 600_000));
  assert.ok(!JSON.stringify(file).match(/accountPrivate|devicePrivate|archiveKey|deviceSecret|ngxc_/));
});
