// A headless client for scripts: one command a run, its answer as lines of JSON
// on standard output; a problem as {"problem": …} and status 1.

import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { openClient, ProblemError, type Client } from "../../lib/src/index.ts";
import { lockDirectory, openDirectory } from "./file.ts";
import { commands, say, usage, type Context } from "./commands.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string" },
    dir: { type: "string" },
    email: { type: "string" },
    name: { type: "string" },
    device: { type: "string" },
    qr: { type: "string" },
    count: { type: "string" },
    seconds: { type: "string" },
    private: { type: "boolean" },
    keep: { type: "boolean" },
    help: { type: "boolean" },
  },
});

const [name, ...words] = positionals;
const command = name === undefined ? undefined : commands[name];
if (options.help || !command || words.length < command.words.length) {
  process.stderr.write(usage());
  process.exit(options.help ? 0 : 2);
}

const server = options.server ?? process.env.NGX_CHAT_SERVER;
const directory = options.dir ?? process.env.NGX_CHAT_DIR;
if (!server || !directory) {
  process.stderr.write("--server URL and --dir DIRECTORY are needed (or NGX_CHAT_SERVER, NGX_CHAT_DIR)\n");
  process.exit(2);
}

let client: Client | null = null;
let unlock: (() => void) | null = null;

async function end(status: number): Promise<never> {
  await client?.close().catch(() => {});
  unlock?.();
  process.exit(status);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end(0));

try {
  unlock = lockDirectory(directory);
  client = await openClient(
    {
      base: server,
      name: directory,
      deviceName: options.device ?? "headless client",
      devicePlatform: "cli",
    },
    {
      makeWebSocket: (url, protocols) => new WebSocket(url, protocols) as never,
      openBackend: () => openDirectory(directory),
      locks: null,
      channel: null,
    },
  );
  const context: Context = { client, words, options };
  await command.run(context);
  await end(0);
} catch (error) {
  if (error instanceof ProblemError) say({ problem: error.problem });
  else say({ problem: { code: "failed", title: error instanceof Error ? error.message : String(error) } });
  await end(1);
}
