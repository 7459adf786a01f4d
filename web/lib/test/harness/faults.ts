// What goes wrong around a device: power cuts at a chosen write, answers that
// are lost, a network that cuts connections.

import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { WebSocket } from "ws";
import { openIndexedDb, type Backend } from "../../src/index.ts";
import type { Device } from "./people.ts";

/** A device whose power goes: after the cut nothing is written and nothing is sent. */
export class Power {
  #dead = false;
  #writes = 0;
  #cutAt = Infinity;
  #after = false;
  /** what it did since the device was opened, in order: writes, and messages that left */
  readonly done: Array<"write" | "leave"> = [];
  readonly #sockets = new Set<{ close(): void }>();

  constructor(private readonly device: Device) {
    device.parts = {
      ...device.parts,
      fetch: async (url, init) => {
        if (this.#dead) throw new TypeError("no power");
        const response = await fetch(url, init);
        if (this.#dead) throw new TypeError("no power");
        return response;
      },
      makeWebSocket: (url, protocols) => {
        const ws = new WebSocket(url, protocols) as unknown as { close(): void; send(data: unknown): void };
        const send = ws.send.bind(ws);
        ws.send = (data) => {
          if (this.#dead) return;
          if (typeof data !== "string") this.done.push("leave");
          send(data);
        };
        this.#sockets.add(ws);
        return ws as never;
      },
      openBackend: async (lost) => this.#wrap(await openIndexedDb(device.factory, "db", lost)),
    };
  }

  /** Writes since the device was opened. */
  get writes(): number {
    return this.#writes;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** The power goes at the nth write from now: before it, or once it is on the disk. */
  cutAt(nth: number, after: boolean): void {
    this.#cutAt = this.#writes + nth;
    this.#after = after;
  }

  /** Opens the device anew, with power. */
  async restore(): Promise<void> {
    this.#cut();
    await this.device.client.close().catch(() => {});
    this.#dead = false;
    this.#cutAt = Infinity;
    this.#sockets.clear();
    await this.device.open();
  }

  #cut(): void {
    this.#dead = true;
    for (const ws of this.#sockets) ws.close();
  }

  #wrap(backend: Backend): Backend {
    return {
      key: () => backend.key(),
      get: (key) => backend.get(key),
      range: (from, to, limit, fromEnd) => backend.range(from, to, limit, fromEnd),
      keys: (from, to, limit) => backend.keys(from, to, limit),
      write: async (ops) => {
        if (this.#dead) throw new Error("no power");
        const cut = ++this.#writes === this.#cutAt;
        if (cut && !this.#after) this.#cut();
        else await backend.write(ops);
        this.done.push("write");
        if (cut) {
          this.#cut();
          throw new Error("no power");
        }
      },
      close: () => backend.close(),
      wipe: (left) => backend.wipe(left),
    };
  }
}

/** Loses answers: the server did what was asked, and nobody hears of it. */
export class LostAnswers {
  /** says which requests' answers are lost */
  lose: (method: string, url: string) => boolean = () => false;
  lost = 0;

  constructor(device: Device) {
    device.parts = {
      ...device.parts,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (!this.lose(init.method ?? "GET", url)) return response;
        this.lost++;
        throw new TypeError("the answer was lost");
      },
    };
  }
}

/** A relay to the server that cuts connections. */
export class Network {
  readonly #pairs = new Set<[Socket, Socket]>();
  /** bytes from the server after which a connection is cut */
  cutAfter = Infinity;
  down = false;
  connections = 0;

  private constructor(
    private readonly server: NetServer,
    readonly port: number,
  ) {}

  static start(to: number): Promise<Network> {
    return new Promise((resolve) => {
      let network: Network;
      const server = createServer((socket) => network.#relay(socket, to));
      server.listen(0, "127.0.0.1", () => {
        network = new Network(server, (server.address() as { port: number }).port);
        resolve(network);
      });
    });
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  stop(): void {
    this.down = true;
    this.cut();
    this.server.close();
  }

  #relay(socket: Socket, to: number): void {
    if (this.down) {
      socket.destroy();
      return;
    }
    this.connections++;
    const upstream = connect(to, "127.0.0.1");
    const pair: [Socket, Socket] = [socket, upstream];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      socket.destroy();
      upstream.destroy();
    };
    let left = this.cutAfter;
    socket.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (data.length > left) {
        socket.write(data.subarray(0, left), end);
        return;
      }
      left -= data.length;
      socket.write(data);
    });
    for (const one of pair) {
      one.on("error", end);
      one.on("close", end);
    }
  }
}
