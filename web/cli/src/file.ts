// The device's database as one file. Its records are sealed by AES-256-GCM under
// a key in a file of its own beside it: a copy of the database alone tells
// nothing but its keys' names and sizes; who has the whole directory has all.

import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openFile, type AppendFile, type Backend } from "../../lib/src/index.ts";

function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  fsyncSync(fd);
  closeSync(fd);
}

/** Written whole, then in its place: never a half. */
function writeDurably(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new`;
  const fd = openSync(temporary, "w", 0o600);
  writeSync(fd, bytes);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, path);
}

class NodeFile implements AppendFile {
  #fd: number | null = null;

  constructor(
    private readonly directory: string,
    private readonly path: string,
  ) {}

  read(): Promise<Uint8Array | null> {
    return Promise.resolve(existsSync(this.path) ? new Uint8Array(readFileSync(this.path)) : null);
  }

  append(bytes: Uint8Array): Promise<void> {
    if (this.#fd === null) {
      const fresh = !existsSync(this.path);
      this.#fd = openSync(this.path, "a", 0o600);
      if (fresh) syncDirectory(this.directory);
    }
    const before = statSync(this.path).size;
    try {
      let at = 0;
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
      fsyncSync(this.#fd);
    } catch (error) {
      ftruncateSync(this.#fd, before); // half a transaction would hide those after it
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return Promise.resolve();
  }

  replace(bytes: Uint8Array): Promise<void> {
    this.close();
    writeDurably(this.path, bytes);
    syncDirectory(this.directory);
    return Promise.resolve();
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  remove(): Promise<void> {
    this.close();
    // the key first: without it the records are noise
    for (const name of ["key", "database"]) rmSync(join(this.directory, name), { force: true });
    return Promise.resolve();
  }
}

/** One process uses a device at a time: two would use its keys twice. */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const path = join(directory, "lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readFileSync(path, "utf8"));
      if (holder > 0 && running(holder)) throw new Error(`process ${holder} uses ${directory}`);
      rmSync(path, { force: true });
    }
  }
  throw new Error(`${directory} is in use`);
}

function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export async function openDirectory(directory: string): Promise<Backend> {
  const keyFile = join(directory, "key");
  if (!existsSync(keyFile)) {
    writeDurably(keyFile, randomBytes(32));
    syncDirectory(directory);
  }
  const key = await crypto.subtle.importKey("raw", new Uint8Array(readFileSync(keyFile)), "AES-GCM", false, ["encrypt", "decrypt"]);
  return openFile(new NodeFile(directory, join(directory, "database")), key);
}
