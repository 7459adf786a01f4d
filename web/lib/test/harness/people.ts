// People and their devices in a suite: clients as a browser would run them, in
// this process, each with a database of its own.

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { WebSocket } from "ws";
import { openClient, openIndexedDb, type Client, type HostParts, type Row, type Snapshot } from "../../src/index.ts";
import type { Server } from "./server.ts";

Object.assign(globalThis, { IDBKeyRange });

export const PASSWORD = "correct horse battery staple 9";
const PATIENCE = 20_000;

/** DEBUG=1 shows what engines try again. */
function note(name: string, what: string, error: unknown): void {
  if (process.env.DEBUG) console.error(new Date().toISOString().slice(17, 23), name, what, error);
}

/** What a device keeps when its engine ends: its database. */
export class Device {
  readonly factory = new IDBFactory();
  client!: Client;
  /** parts of the host that a suite replaces */
  parts: HostParts = {};

  constructor(
    readonly server: Server,
    readonly name: string,
    public port = server.port,
  ) {}

  async open(): Promise<Client> {
    this.client = await openClient(
      { base: `http://127.0.0.1:${this.port}/api/v1/`, name: "db", deviceName: this.name, devicePlatform: "test" },
      {
        makeWebSocket: (url, protocols) => new WebSocket(url, protocols) as never,
        openBackend: (lost) => openIndexedDb(this.factory, "db", lost),
        locks: null,
        channel: null,
        env: {
          now: Date.now,
          random: () => this.chance(),
          log: (what, error) => note(this.name, what, error),
        },
        ...this.parts,
      },
    );
    return this.client;
  }

  /** What waits for a random while: 0 the shortest, almost 1 the longest. */
  chance: () => number = Math.random;

  /** As a new start of the browser: what was in memory alone is gone. */
  async reopen(): Promise<Client> {
    await this.client.close();
    return this.open();
  }
}

/** Waits until something holds of a client's snapshot. */
export async function until<T>(
  client: Client,
  what: string,
  holds: (snapshot: Snapshot) => T | null | undefined | false,
  patience = PATIENCE,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = holds(client.snapshot());
    if (value) return value;
    if (Date.now() > end) {
      const { session, connection, problem, conversations } = client.snapshot();
      throw new Error(`waited for ${what}: ${JSON.stringify({ session, connection, problem, conversations }, null, 1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function wait<T>(what: string, holds: () => Promise<T | null | undefined | false> | T | null | undefined | false, patience = PATIENCE): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export function ready(client: Client): Promise<unknown> {
  return until(client, "ready and online", (s) => s.session === "ready" && s.connection.state === "online");
}

/** Somebody new: registered, verified by the mail's code, ready. */
export async function person(server: Server, username: string, port?: number): Promise<Device> {
  const device = new Device(server, `${username}'s first`, port);
  const client = await device.open();
  await client.register({ username, email: `${username}@example.org`, password: PASSWORD, displayName: username });
  await client.verify(await server.code(`${username}@example.org`));
  await ready(client);
  return device;
}

/** One more device of somebody, signed in and not approved. */
export async function another(server: Server, username: string, name: string, port?: number): Promise<Device> {
  const device = new Device(server, name, port);
  const client = await device.open();
  await client.signIn({ login: username, password: PASSWORD });
  await until(client, "pending", (s) => s.session === "pending" && s.connection.state === "online");
  return device;
}

/** Links by comparing the digits of both screens. */
export async function link(old: Client, fresh: Client): Promise<void> {
  await fresh.linkStart();
  const id = await wait("the device that asks", async () => (await old.loadDevices()).find((d) => d.asksToLink)?.id);
  await old.approveStart(id);
  const shown = await until(fresh, "digits on the new device", (s) => s.link?.sas);
  const seen = await until(old, "digits on the old device", (s) => s.approval?.sas);
  if (shown !== seen) throw new Error(`the digits differ: ${shown} ${seen}`);
  await fresh.linkConfirm();
  await old.approveConfirm();
  await ready(fresh);
}

export async function rows(client: Client, conversation: string): Promise<readonly Row[]> {
  const timeline = await client.timeline(conversation);
  const found = timeline.rows();
  timeline.close();
  return found;
}

export async function texts(client: Client, conversation: string): Promise<string[]> {
  return (await rows(client, conversation)).flatMap((row) => (row.type === "message" ? [row.text] : []));
}

/** Waits until a device shows a message. */
export function reads(client: Client, conversation: string, text: string, patience?: number): Promise<Row> {
  const seen = async () => {
    if (!client.snapshot().conversations.some((c) => c.id === conversation)) return "no such conversation";
    return JSON.stringify(await rows(client, conversation), null, 1);
  };
  return wait(
    `"${text}" in ${conversation}`,
    async () => {
      if (!client.snapshot().conversations.some((c) => c.id === conversation)) return null;
      return (await rows(client, conversation)).find((row) => row.type === "message" && row.text === text && row.seq !== null);
    },
    patience,
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}; there is ${await seen()}`);
  });
}
