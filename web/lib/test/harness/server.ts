// A real server for a suite: see server.pl.

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

declare const TEST_ROOT: string;

interface Place {
  port: number;
  dir: string;
  nginx: string;
  conninfo: string;
}

export class Server {
  #id = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  private constructor(
    private readonly child: ChildProcess,
    readonly place: Place,
  ) {}

  get port(): number {
    return this.place.port;
  }

  static start(env: Record<string, string> = {}): Promise<Server> {
    const child = spawn("perl", [join(TEST_ROOT, "harness/server.pl")], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    return new Promise((resolve, reject) => {
      let server: Server | null = null;
      child.on("exit", (status) => {
        reject(new Error(`the server did not start: ${status}`));
        if (server) for (const { reject: refuse } of server.#waiting.values()) refuse(new Error("the server ended"));
      });
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const said = JSON.parse(line) as Record<string, unknown>;
        if (!server) {
          server = new Server(child, said as unknown as Place);
          resolve(server);
          return;
        }
        const waiting = server.#waiting.get(said.id as number);
        server.#waiting.delete(said.id as number);
        if ("error" in said) waiting?.reject(new Error(String(said.error)));
        else waiting?.resolve(said.ok);
      });
    });
  }

  ask<T>(what: Record<string, unknown>): Promise<T> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.stdin!.write(JSON.stringify({ id, ...what }) + "\n");
    });
  }

  psql(sql: string): Promise<string> {
    return this.ask({ do: "psql", sql });
  }

  /** The code of the newest of so many mails to an address. */
  async code(to: string, many = 1): Promise<string> {
    const text = await this.ask<string | null>({ do: "mail", to, many });
    const code = text?.match(/\b(\d{8})\b/)?.[1];
    if (!code) throw new Error(`no mail with a code came to ${to}`);
    return code;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.stdin!.end();
    await ended;
  }
}
