// The library's door: what applications use.
export * from "./engine/types.ts";
