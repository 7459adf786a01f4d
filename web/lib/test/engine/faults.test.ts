// Nothing is lost, doubled or put out of order, whatever ends the device or the
// connection, and whenever.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LostAnswers, Network, Power } from "../harness/faults.ts";
import { Device, person, PASSWORD, reads, ready, rows, texts, until, wait } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

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

async function newcomer(username: string, prepare: (device: Device) => void, port?: number): Promise<Device> {
  const device = new Device(server, username, port);
  prepare(device);
  open.push(device);
  const client = await device.open();
  await client.register({ username, email: `${username}@example.org`, password: PASSWORD });
  await client.verify(await server.code(`${username}@example.org`));
  await ready(client);
  return device;
}

async function nothingUndecryptable(device: Device, talk: string): Promise<void> {
  const bad = (await rows(device.client, talk)).filter((row) => row.type === "undecryptable" || row.type === "expired");
  assert.deepEqual(bad, []);
}

test("a power cut at any write of making a group and sending loses and doubles nothing", async () => {
  for (const cutAfter of [false, true]) {
    for (let nth = 1; ; nth++) {
      const name = `cut${cutAfter ? "a" : "b"}${nth}`;
      let power!: Power;
      const device = await newcomer(name, (one) => (power = new Power(one)));
      const talk = await device.client.addPerson("bob");
      power.cutAt(nth, cutAfter);
      // what send() promised is kept; what it refused because of the cut is not asked for
      const promised: string[] = [];
      for (const text of ["one", "two"]) {
        await device.client.send(talk, text).then(
          () => promised.push(text),
          () => {},
        );
      }
      const sent = async () => (await rows(device.client, talk)).filter((row) => row.type === "message" && row.seq !== null);
      await wait("the cut, or the end", () => power.dead || sent().then((all) => all.length === 2, () => power.dead));
      const cut = power.dead;
      await power.restore();
      await ready(device.client);
      for (const text of promised) await reads(bob.client, talk, text);
      await bob.client.send(talk, "answer");
      await reads(device.client, talk, "answer");

      const got = (await texts(bob.client, talk)).filter((text) => text !== "answer");
      const least = ["one", "two"].filter((text) => promised.includes(text));
      assert.deepEqual([...new Set(got)], got, `${name}: nothing twice`);
      assert.deepEqual(got.filter((text) => least.includes(text)), least, `${name}: in order`);
      await nothingUndecryptable(bob, talk);
      await nothingUndecryptable(device, talk);
      await device.client.close();
      open.splice(open.indexOf(device), 1);
      if (!cut) {
        assert.ok(nth > 6, `there are more writes than ${nth}`);
        break;
      }
    }
  }
});

/** A device in a group that stands, with nothing left to be done or written. */
async function standing(name: string): Promise<{ device: Device; talk: string; power: Power }> {
  let power!: Power;
  const device = await newcomer(name, (one) => (power = new Power(one)));
  const talk = await device.client.addPerson("bob");
  await device.client.send(talk, "zero");
  await reads(bob.client, talk, "zero");
  await wait("quiet", async () => {
    const before = power.writes;
    await new Promise((resolve) => setTimeout(resolve, 400));
    return power.writes === before;
  });
  return { device, talk, power };
}

test("in a group that stands a message is written once before it leaves, its keys with it", async () => {
  const { device, talk, power } = await standing("once");
  power.done.length = 0;
  await device.client.send(talk, "one");
  await reads(bob.client, talk, "one");
  assert.deepEqual(power.done.slice(0, 2), ["write", "leave"]);
  await device.client.close();
  open.splice(open.indexOf(device), 1);
});

test("a power cut at any write of a message in a group that stands uses no key twice and loses nothing", async () => {
  for (const cutAfter of [false, true]) {
    for (let nth = 1; ; nth++) {
      const name = `stand${cutAfter ? "a" : "b"}${nth}`;
      const { device, talk, power } = await standing(name);
      power.cutAt(nth, cutAfter);
      const promised: string[] = [];
      for (const text of ["one", "two"]) {
        await device.client.send(talk, text).then(
          () => promised.push(text),
          () => {},
        );
      }
      const sent = async () => (await rows(device.client, talk)).filter((row) => row.type === "message" && row.seq !== null);
      await wait("the cut, or the end", () => power.dead || sent().then((all) => all.length === 3, () => power.dead));
      const cut = power.dead;
      await power.restore();
      await ready(device.client);
      for (const text of promised) await reads(bob.client, talk, text);
      // a key that was used before the cut would be refused by who has seen it
      await device.client.send(talk, "three");
      await reads(bob.client, talk, "three");
      await nothingUndecryptable(bob, talk);
      await nothingUndecryptable(device, talk);
      const got = await texts(bob.client, talk);
      assert.deepEqual(got.filter((text) => promised.includes(text)), promised, `${name}: in order, once`);
      assert.equal(new Set(got).size, got.length, `${name}: nothing twice`);
      await device.client.close();
      open.splice(open.indexOf(device), 1);
      if (!cut) {
        assert.ok(nth > 2, `there are more writes than ${nth}`);
        break;
      }
    }
  }
});

test("lost answers to commits and sends are repeated, and nothing comes twice", async () => {
  let answers!: LostAnswers;
  const carol = await newcomer("carol", (one) => (answers = new LostAnswers(one)));
  const seen = new Map<string, number>();
  answers.lose = (method, url) => {
    if (method === "GET") return false;
    const n = (seen.get(url) ?? 0) + 1;
    seen.set(url, n);
    return n === 1; // each request's first answer
  };
  const talk = await wait("a conversation", () => carol.client.addPerson("bob").catch(() => null));
  await carol.client.send(talk, "through the fog");
  await reads(bob.client, talk, "through the fog", 30_000);
  assert.ok(answers.lost > 0, "answers were lost");
  assert.deepEqual(await texts(bob.client, talk), ["through the fog"]);
  await nothingUndecryptable(bob, talk);
});

test("on a network that cuts every connection after some bytes everything arrives once and in order", async () => {
  const network = await Network.start(server.port);
  const dave = await newcomer("dave", () => {}, network.port);
  const talk = await dave.client.addPerson("bob");
  await dave.client.send(talk, "first");
  await reads(bob.client, talk, "first");

  const wanted = ["first"];
  network.cutAfter = 6_000;
  for (let n = 0; n < 12; n++) {
    const text = `cut ${n}`;
    wanted.push(text);
    await dave.client.send(talk, text);
    if (n % 3 === 1) network.cut();
    if (n % 2 === 0) dave.client.reconnect();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const hurry = setInterval(() => dave.client.reconnect(), 300);
  await reads(bob.client, talk, "cut 11", 60_000);
  network.cutAfter = Infinity;
  clearInterval(hurry);
  assert.deepEqual(await texts(bob.client, talk), wanted);
  await bob.client.send(talk, "all there");
  await reads(dave.client, talk, "all there", 60_000);
  assert.deepEqual(await texts(dave.client, talk), [...wanted, "all there"]);
  network.stop();
});

test("a device that was erased without a connection leaves its account when there is one, and says so until then", async () => {
  const network = await Network.start(server.port);
  const gone = await newcomer("gone", () => {}, network.port);
  const talk = await gone.client.addPerson("bob");
  await gone.client.send(talk, "soon gone");
  await reads(bob.client, talk, "soon gone");
  const id = gone.client.snapshot().me!.device;
  const there = async () => (await server.psql(`SELECT count(*) FROM chat.session WHERE id = '${id}' AND token_hash IS NOT NULL`)).trim();
  network.down = true;
  network.cut();
  await wait("offline", () => gone.client.snapshot().connection.state !== "online");
  await gone.client.signOut({ wipe: true });
  assert.equal(gone.client.snapshot().session, "signed_out");
  assert.equal(gone.client.snapshot().conversations.length, 0);
  await wait("a word about it", () => gone.client.snapshot().leaving);
  await gone.reopen(); // the promise outlives the page
  await wait("a word about it", () => gone.client.snapshot().leaving);
  assert.equal(await there(), "1");
  network.down = false;
  gone.client.reconnect();
  await wait("its end", async () => (await there()) === "0");
  await wait("nothing left to be said", () => !gone.client.snapshot().leaving);
  network.stop();
});

test("what was written offline is kept through a restart and sent in order when the network is back", async () => {
  const network = await Network.start(server.port);
  const erin = await newcomer("erin", () => {}, network.port);
  const talk = await erin.client.addPerson("bob");
  network.down = true;
  network.cut();
  await wait("offline", () => erin.client.snapshot().connection.state !== "online");
  for (const text of ["a", "b", "c"]) await erin.client.send(talk, text);
  await erin.client.setDraft(talk, "a draft");
  await erin.reopen();
  assert.equal(erin.client.snapshot().conversations.find((c) => c.id === talk)?.draft, "a draft");
  assert.deepEqual(await texts(erin.client, talk), ["a", "b", "c"]);
  network.down = false;
  erin.client.reconnect();
  await reads(bob.client, talk, "c", 60_000);
  assert.deepEqual(await texts(bob.client, talk), ["a", "b", "c"]);
  network.stop();
});

test("a device that was approved and has no keys yet isn't added before it can judge by them", async () => {
  const first = await newcomer("slowlink", () => {});
  const talk = await first.client.addPerson("bob");
  await first.client.send(talk, "before");
  await reads(bob.client, talk, "before");

  const fresh = new Device(server, "slowlink's second");
  let held: Promise<void> | null = null;
  let release = () => {};
  fresh.parts.fetch = async (url, init) => {
    if (held && url.endsWith("/devices")) await held;
    return fetch(url, init);
  };
  open.push(fresh);
  await fresh.open();
  await fresh.client.signIn({ login: "slowlink", password: PASSWORD });
  await until(fresh.client, "pending", (s) => s.session === "pending" && s.connection.state === "online");
  await fresh.client.linkStart();
  const qr = await until(fresh.client, "the code", (s) => s.link?.qr);
  held = new Promise((resolve) => (release = resolve));
  await first.client.approveQr(qr);
  await bob.client.send(talk, "meanwhile");
  await reads(first.client, talk, "meanwhile");
  const device = fresh.client.snapshot().me!.device;
  // it is told that it has no key packages, and others ask for one again and again
  await wait("that is told", async () => {
    const told = `SELECT count(*) FROM chat.entry WHERE body->>'type' = 'key_packages_low' AND body->>'device' = '${device}'`;
    return (await server.psql(told)).trim() !== "0";
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const leaves = await server.psql(`SELECT count(*) FROM chat.leaf WHERE session = '${device}'`);
  assert.equal(leaves.trim(), "0", "who can't judge a Welcome isn't added");
  release();
  held = null;

  await ready(fresh.client);
  await until(fresh.client, "in the group", (s) => s.conversations.find((c) => c.id === talk)?.joined);
  await bob.client.send(talk, "welcome");
  await reads(fresh.client, talk, "welcome");
  await fresh.client.send(talk, "thanks");
  await reads(bob.client, talk, "thanks");
});
