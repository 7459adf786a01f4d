// What the engine needs of the place it runs in. A browser has all of it; Node
// and tests bring their own.

import { problem, type Fetch, type MakeWebSocket, type WebSocketLike } from "../net/index.ts";
import { openIndexedDb, type Backend } from "../store/index.ts";
import type { Environment } from "./core.ts";
import type { ChannelLike, LockManagerLike } from "./tabs.ts";
import type { ClientOptions } from "./types.ts";

export interface Host {
  base: string;
  socketUrl: string;
  name: string;
  deviceName: string;
  devicePlatform: string;
  fetch: Fetch;
  makeWebSocket: MakeWebSocket;
  /** lost: to be called when the database is taken away */
  openBackend(lost: () => void): Promise<Backend>;
  locks: LockManagerLike | null;
  channel: ChannelLike | null;
  env: Environment;
}

export type HostParts = Partial<Omit<Host, "base" | "socketUrl" | "name" | "deviceName" | "devicePlatform">>;

export function makeHost(options: ClientOptions, parts: HostParts): Host {
  const here = typeof location === "undefined" ? undefined : location.href;
  const base = new URL(options.base.replace(/\/?$/, "/"), here);
  const socket = new URL("socket", base);
  socket.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  const name = options.name ?? "ngx-chat";
  const locks = (globalThis.navigator as { locks?: LockManagerLike } | undefined)?.locks ?? null;

  return {
    base: base.href,
    socketUrl: socket.href,
    name,
    deviceName: options.deviceName ?? "",
    devicePlatform: options.devicePlatform ?? "",
    fetch: (url, init) => globalThis.fetch(url, init),
    makeWebSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as WebSocketLike,
    openBackend: (lost) => {
      if (typeof indexedDB === "undefined") throw problem("storage_failed", "This browser keeps no database.");
      return openIndexedDb(indexedDB, name, lost);
    },
    locks,
    channel: locks && typeof BroadcastChannel !== "undefined" ? (new BroadcastChannel(`ngx-chat:${name}`) as unknown as ChannelLike) : null,
    env: { now: () => Date.now(), random: () => Math.random() },
    ...parts,
  };
}
