// The headless client: one command a run, as a script uses it; its database is
// a file that tells nothing.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { PASSWORD } from "../harness/people.ts";
import { Server } from "../harness/server.ts";

declare const TEST_ROOT: string;

type Line = Record<string, unknown>;

const cli = join(TEST_ROOT, "../../cli");
let server: Server;
let place: string;

before(async () => {
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, [join(cli, "build.mjs")], (error) => (error ? reject(error) : resolve()));
  });
  server = await Server.start();
  place = mkdtempSync(join(tmpdir(), "ngx-chat-cli-"));
});

after(async () => {
  await server?.stop();
  rmSync(place, { recursive: true, force: true });
});

function environment(name: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NGX_CHAT_SERVER: `http://127.0.0.1:${server.port}/api/v1/`,
    NGX_CHAT_DIR: join(place, name),
    NGX_CHAT_PASSWORD: PASSWORD,
  };
}

function run(name: string, ...args: string[]): Promise<{ status: number; lines: Line[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env: environment(name), timeout: 60_000 }, (error, stdout) => {
      const lines = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Line);
      resolve({ status: error ? Number(error.code ?? 1) : 0, lines });
    });
  });
}

async function join_(name: string): Promise<void> {
  const registered = await run(name, "register", name, "--email", `${name}@example.org`);
  assert.equal(registered.lines[0]?.session, "unverified", JSON.stringify(registered));
  const verified = await run(name, "verify", await server.code(`${name}@example.org`));
  assert.equal(verified.lines[0]?.session, "ready", JSON.stringify(verified));
}

test("two scripts register, verify and talk, each command a process of its own", async () => {
  await join_("ann");
  await join_("ben");
  const listener = spawn(process.execPath, [cli, "listen", "--count", "2", "--seconds", "60"], { env: environment("ben") });
  const heard: Line[] = [];
  const listening = new Promise<void>((resolve) => {
    createInterface({ input: listener.stdout }).on("line", (line) => {
      heard.push(JSON.parse(line) as Line);
      if (heard.at(-1)?.event === "listening") resolve();
    });
  });
  await listening;
  const ended = new Promise((resolve) => listener.on("exit", resolve));
  const sent = await run("ann", "send", "ben", "said by a script");
  assert.equal(sent.status, 0, JSON.stringify(sent));
  assert.equal(sent.lines[0]?.text, "said by a script");
  await ended;
  assert.ok(heard.some((line) => line.event === "message" && line.text === "said by a script" && line.with === "ann"));

  assert.equal((await run("ben", "send", "ann", "and answered")).status, 0);
  const read = await run("ann", "read", "ben");
  assert.deepEqual(read.lines.filter((line) => line.event === "message").map((line) => line.text), ["said by a script", "and answered"]);
});

test("a device is linked by two scripts, by the code's text", async () => {
  const signed = await run("ann2", "signin", "ann");
  assert.equal(signed.lines[0]?.session, "pending", JSON.stringify(signed));
  const fresh = spawn(process.execPath, [cli, "link"], { env: environment("ann2") });
  const said: Line[] = [];
  const offer = new Promise<string>((resolve) => {
    createInterface({ input: fresh.stdout }).on("line", (line) => {
      said.push(JSON.parse(line) as Line);
      if (said.at(-1)?.event === "offer") resolve(said.at(-1)!.qr as string);
    });
  });
  const ended = new Promise((resolve) => fresh.on("exit", resolve));
  const qr = await offer;
  const approved = await run("ann", "approve", signed.lines[0]!.device as string, "--qr", qr);
  assert.equal(approved.status, 0, JSON.stringify(approved));
  assert.equal(await ended, 0, JSON.stringify(said));
  assert.equal(said.at(-1)?.session, "ready");
  assert.equal((await run("ann2", "send", "ben", "from the second")).status, 0);
  const read = await run("ben", "read", "ann");
  assert.ok(read.lines.some((line) => line.text === "from the second"));
});

test("the database's file holds no text; what is refused says so by status and code", async () => {
  const file = readFileSync(join(place, "ann", "database"));
  assert.ok(file.length > 0 && !file.includes("said by a script") && !file.includes("ann@example.org"));
  assert.equal(statSync(join(place, "ann", "key")).mode & 0o777, 0o600);
  const refused = await run("ann", "send", "nobody-here", "hello");
  assert.equal(refused.status, 1);
  assert.equal((refused.lines[0]?.problem as Line).code, "not_found");
});
