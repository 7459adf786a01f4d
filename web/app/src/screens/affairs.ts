// The screens of the account's own affairs: seldom seen, fetched when they are.
import { lazy } from "../ui/lazy.tsx";

export const Password = lazy(async () => (await import("./password.tsx")).Password);
export const Email = lazy(async () => (await import("./email.tsx")).Email);
export const Activity = lazy(async () => (await import("./activity.tsx")).Activity);
export const Blocks = lazy(async () => (await import("./blocks.tsx")).Blocks);
export const AskBlock = lazy(async () => (await import("./blocks.tsx")).AskBlock);
export const ServerExport = lazy(async () => (await import("./server-export.tsx")).ServerExport);
export const Deletion = lazy(async () => (await import("./deletion.tsx")).Deletion);
