// The library's door: what applications use.
export * from "./engine/types.ts";
export { openClient } from "./engine/client.ts";
export type { Host, HostParts } from "./engine/host.ts";
export { openFile, openIndexedDb, type AppendFile, type Backend } from "./store/index.ts";
