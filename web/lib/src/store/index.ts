// What is kept on this device, sealed.
export type { Backend, Op } from "./backend.ts";
export { openFile, type AppendFile } from "./file.ts";
export { openIndexedDb } from "./indexeddb.ts";
export { persist, storageUse } from "./quota.ts";
export { after, Batch, Store, storageProblem, type Stored } from "./store.ts";
