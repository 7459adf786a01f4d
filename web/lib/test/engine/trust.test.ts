// A server that means harm, and groups that break.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device, PASSWORD, person, reads, ready, rows, texts, until } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

const GHOST = "01a20565-fa40-7150-879e-123c44588df5";

let server: Server;
let bob: Device;
const open: Device[] = [];

before(async () => {
  server = await Server.start();
  bob = await person(server, "bob");
  open.push(bob);
});

after(async () => {
  for (const device of open) await device.client.close();
  await server.stop();
});

async function newcomer(username: string, fetcher?: (url: string, init: RequestInit) => Promise<Response>): Promise<Device> {
  const device = new Device(server, username);
  if (fetcher) device.parts = { fetch: fetcher };
  open.push(device);
  const client = await device.open();
  await client.register({ username, email: `${username}@example.org`, password: PASSWORD });
  await client.verify(await server.code(`${username}@example.org`));
  await ready(client);
  return device;
}

test("a device that the server invents is never claimed for, nor added", async () => {
  let shown = 0;
  const claimed: string[] = [];
  const carol = await newcomer("carol", async (url, init) => {
    if (url.endsWith("/key_packages/claim")) claimed.push(String(init.body));
    const response = await fetch(url, init);
    if (!/\/accounts\/[0-9a-f-]+\/devices$/.test(url)) return response;
    const said = (await response.json()) as { devices: Array<Record<string, unknown>> };
    const real = said.devices[0]!;
    // another device's certificate, and a key that nobody certified
    said.devices.push({ ...real, device: GHOST }, { ...real, signature_key: Buffer.alloc(32, 7).toString("base64url"), device: GHOST });
    shown++;
    return new Response(JSON.stringify(said), { status: 200, headers: { "content-type": "application/json" } });
  });
  const talk = await carol.client.addPerson("bob");
  await carol.client.send(talk, "no ghosts");
  await reads(bob.client, talk, "no ghosts");
  assert.ok(shown > 0, "the ghost was shown");
  assert.ok(claimed.length > 0 && !claimed.join().includes(GHOST));
});

test("a message whose bytes were changed on the way is a row that says so, and what follows is read", async () => {
  const dora = await newcomer("dora");
  const talk = await dora.client.addPerson("bob");
  await dora.client.send(talk, "whole");
  await reads(bob.client, talk, "whole");
  await bob.client.close();
  await dora.client.send(talk, "damaged");
  await until(dora.client, "sent", (s) => s.conversations.find((c) => c.id === talk)?.queued === 0);
  await server.psql(`UPDATE chat.entry SET payload = set_byte(payload, octet_length(payload) - 20,
    (get_byte(payload, octet_length(payload) - 20) + 1) % 256)
    WHERE conversation = '${talk}' AND chat.kind_name(kind) = 'message'
      AND seq = (SELECT max(seq) FROM chat.entry WHERE conversation = '${talk}' AND chat.kind_name(kind) = 'message')`);
  await dora.client.send(talk, "whole again");
  await bob.open();
  await reads(bob.client, talk, "whole again");
  const bad = (await rows(bob.client, talk)).filter((row) => row.type === "undecryptable");
  assert.equal(bad.length, 1);
  assert.deepEqual(await texts(bob.client, talk), ["whole", "whole again"]);
});

test("a group that is made anew goes on, with what was said before in place", async () => {
  const eve = await newcomer("eve");
  const talk = await eve.client.addPerson("bob");
  await eve.client.send(talk, "before");
  await reads(bob.client, talk, "before");
  await eve.client.resetGroup(talk);
  await eve.client.send(talk, "after");
  await reads(bob.client, talk, "after");
  await bob.client.send(talk, "heard");
  await reads(eve.client, talk, "heard");
  for (const { client } of [eve, bob]) {
    assert.deepEqual(await texts(client, talk), ["before", "after", "heard"]);
    assert.ok((await rows(client, talk)).some((row) => row.type === "info" && row.info === "group_reset"));
  }
});

test("two who write first at the same moment make one group", async () => {
  const [fay, gil] = [await newcomer("fay"), await newcomer("gil")];
  const talk = await fay.client.addPerson("gil");
  assert.equal(await gil.client.addPerson("fay"), talk);
  await Promise.all([fay.client.send(talk, "from fay"), gil.client.send(talk, "from gil")]);
  await reads(gil.client, talk, "from fay");
  await reads(fay.client, talk, "from gil");
  assert.equal((await texts(fay.client, talk)).length, 2);
  assert.deepEqual(await texts(fay.client, talk), await texts(gil.client, talk));
});
