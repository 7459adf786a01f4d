// What the headless client can be told.

import { readFileSync } from "node:fs";
import { problem, type Client, type ConversationView, type Row, type Snapshot } from "../../lib/src/index.ts";

export interface Context {
  client: Client;
  words: string[];
  options: {
    email?: string | undefined;
    name?: string | undefined;
    device?: string | undefined;
    qr?: string | undefined;
    count?: string | undefined;
    seconds?: string | undefined;
    private?: boolean | undefined;
    keep?: boolean | undefined;
  };
}

interface Command {
  words: string[];
  about: string;
  run(context: Context): Promise<void>;
}

/** So long a command waits for the server or another person's device. */
const PATIENCE = 60;

export function say(value: unknown): void {
  process.stdout.write(JSON.stringify(value) + "\n");
}

/** Passwords come by the environment or standard input, never by arguments that others can list. */
function password(): string {
  return process.env.NGX_CHAT_PASSWORD ?? readFileSync(0, "utf8").replace(/\r?\n$/, "");
}

async function until<T>(context: Context, what: string, holds: (s: Snapshot) => T | null | undefined | false): Promise<T> {
  const { client, options } = context;
  const end = Date.now() + Number(options.seconds ?? PATIENCE) * 1000;
  for (;;) {
    const value = holds(client.snapshot());
    if (value) return value;
    if (Date.now() > end) throw problem("timeout", `Waited too long for ${what}.`, { session: client.snapshot().session });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ready(context: Context): Promise<void> {
  const ends = new Set(["signed_out", "soft_signed_out", "revoked", "unverified", "pending", "storage_failed"]);
  await until(context, "the server", (s) => {
    if (ends.has(s.session)) throw problem(s.session, `This device is not ready: ${s.session}.`);
    return s.session === "ready" && s.connection.state === "online";
  });
}

function state(context: Context): void {
  const { session, me, link, problem: why } = context.client.snapshot();
  say({ session, account: me?.account ?? null, device: me?.device ?? null, username: me?.username ?? null, link, problem: why });
}

/** A conversation by its id, or by the other side's user name. */
async function conversation(context: Context, word: string): Promise<ConversationView> {
  const { client, options } = context;
  const kind = options.private ? "private" : "direct";
  const find = (s: Snapshot) =>
    s.conversations.find((c) => c.id === word || (c.kind === kind && c.private?.state !== "closed" && c.peer?.username === word));
  const found = find(client.snapshot());
  if (found) return found;
  if (options.private) throw problem("not_found", "There is no such private conversation.");
  const id = await client.addPerson(word);
  return until(context, "the conversation", (s) => s.conversations.find((c) => c.id === id));
}

function shown(c: ConversationView, row: Row): object {
  return { event: row.type, conversation: c.id, with: c.peer?.username ?? null, ...row };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const commands: Record<string, Command> = {
  register: {
    words: ["USERNAME"],
    about: "--email ADDRESS [--name DISPLAY-NAME]; the password by NGX_CHAT_PASSWORD or standard input",
    async run(context) {
      const { client, words, options } = context;
      if (!options.email) throw problem("missing_parameter", "--email is needed.");
      await client.register({
        username: words[0]!,
        email: options.email,
        password: password(),
        ...(options.name ? { displayName: options.name } : {}),
      });
      state(context);
    },
  },
  verify: {
    words: ["CODE"],
    about: "the code of the mail; then makes and publishes this device's keys",
    async run(context) {
      await context.client.verify(context.words[0]!);
      await ready(context);
      state(context);
    },
  },
  signin: {
    words: ["LOGIN"],
    about: "the password as for register; a new device is pending until it is linked or recovered",
    async run(context) {
      await context.client.signIn({ login: context.words[0]!, password: password() });
      await until(context, "the server", (s) => ["ready", "pending", "unverified"].includes(s.session));
      state(context);
    },
  },
  status: {
    words: [],
    about: "where this device stands",
    async run(context) {
      await until({ ...context, options: { ...context.options, seconds: "5" } }, "the server", (s) => s.connection.state === "online").catch(() => {});
      state(context);
    },
  },
  send: {
    words: ["WHO", "TEXT"],
    about: "to a user name or a conversation's id [--private]; answers when the server has numbered it",
    async run(context) {
      await ready(context);
      const c = await conversation(context, context.words[0]!);
      const id = await context.client.send(c.id, context.words.slice(1).join(" "));
      const timeline = await context.client.timeline(c.id);
      const row = await until(context, "the message to be accepted", () =>
        timeline.rows().find((one) => one.type === "message" && one.id === id && (one.seq !== null || one.state === "failed")),
      );
      if (row.type === "message" && row.problem) throw problem(row.problem.code, row.problem.title);
      say(shown(c, row));
    },
  },
  listen: {
    words: [],
    about: "prints rows as they come, until it is ended [--count N] [--seconds N]",
    async run(context) {
      await ready(context);
      const left = { rows: Number(context.options.count ?? Infinity) };
      const end = Date.now() + Number(context.options.seconds ?? Infinity) * 1000;
      const seen = new Map<string, number>();
      for (const c of context.client.snapshot().conversations) seen.set(c.id, c.unread > 0 ? 0 : await newest(context.client, c.id));
      say({ event: "listening" });
      while (left.rows > 0 && Date.now() < end) {
        for (const c of context.client.snapshot().conversations) await news(context, c, seen, left);
        await pause(50);
      }
    },
  },
  read: {
    words: ["WHO"],
    about: "the rows of a conversation that this device has [--private]; marks them as read unless --keep",
    async run(context) {
      await ready(context);
      const c = await conversation(context, context.words[0]!);
      const timeline = await context.client.timeline(c.id);
      while (timeline.hasBefore() && timeline.rows().length < 400) await timeline.loadBefore();
      for (const row of timeline.rows()) say(shown(c, row));
      const last = timeline.rows().reduce((most, row) => Math.max(most, row.seq ?? 0), 0);
      if (last > 0 && !context.options.keep) await context.client.markRead(c.id, last);
    },
  },
  conversations: {
    words: [],
    about: "the list",
    async run(context) {
      await ready(context);
      for (const c of context.client.snapshot().conversations) say(c);
    },
  },
  devices: {
    words: [],
    about: "this account's devices",
    async run(context) {
      await until(context, "the server", (s) => s.connection.state === "online");
      for (const device of await context.client.loadDevices()) say(device);
    },
  },
  rename: {
    words: ["DEVICE", "NAME"],
    about: "gives a device another name",
    async run(context) {
      await ready(context);
      await context.client.renameDevice(context.words[0]!, context.words[1]!);
    },
  },
  revoke: {
    words: ["DEVICE"],
    about: "removes a device: it is signed out and out of all groups",
    async run(context) {
      await ready(context);
      await context.client.revokeDevice(context.words[0]!);
      await pause(1500); // the commits that remove it
    },
  },
  link: {
    words: [],
    about: "on a pending device: prints the code to scan and the digits to compare, and trusts them",
    async run(context) {
      const { client } = context;
      await until(context, "the server", (s) => s.session === "pending" && s.connection.state === "online");
      await client.linkStart();
      say({ event: "offer", qr: client.snapshot().link?.qr });
      const sas = await until(context, "another device", (s) => s.session === "ready" || s.link?.sas);
      if (typeof sas === "string") {
        say({ event: "compare", sas });
        if (client.snapshot().link?.state === "compare") await client.linkConfirm();
      }
      await until(context, "the keys", (s) => s.session === "ready" && s.connection.state === "online");
      state(context);
    },
  },
  approve: {
    words: ["DEVICE"],
    about: "links a pending device: by the text of its code (--qr TEXT), else by digits that it trusts",
    async run(context) {
      const { client, words, options } = context;
      await ready(context);
      await client.approveStart(words[0]!, options.qr);
      if (!options.qr) {
        say({ event: "compare", sas: await until(context, "the digits", (s) => s.approval?.sas) });
        await client.approveConfirm();
      }
      await until(context, "the device", (s) => s.approval?.state === "done");
      await pause(3000); // the commits that add it
      say({ event: "approved", device: words[0] });
    },
  },
  recovery: {
    words: ["make|use"],
    about: "make: prints a recovery key and puts it in force; use: the key by NGX_CHAT_RECOVERY_KEY",
    async run(context) {
      const { client, words } = context;
      if (words[0] === "make") {
        await ready(context);
        const key = await client.recoveryMake();
        await client.recoveryConfirm(key);
        say({ recovery_key: key });
        return;
      }
      await until(context, "the server", (s) => s.session === "pending");
      await client.recoveryUse(process.env.NGX_CHAT_RECOVERY_KEY ?? "");
      await ready(context);
      await client.archiveNow();
      state(context);
    },
  },
  private: {
    words: ["offer|accept|decline|close", "WHO"],
    about: "private conversations; WHO is a user name or a conversation's id",
    async run(context) {
      await ready(context);
      const { client, words, options } = context;
      if (words[0] === "offer") {
        const person = await client.findPerson(words[1]!);
        if (!person) throw problem("not_found", "Nobody has that user name.");
        say({ conversation: await client.offerPrivate(person.account) });
        return;
      }
      const c = await conversation({ ...context, options: { ...options, private: true } }, words[1]!);
      if (words[0] === "accept") await client.acceptPrivate(c.id);
      else if (words[0] === "decline") await client.declinePrivate(c.id);
      else await client.closePrivate(c.id);
      say({ conversation: c.id });
    },
  },
  safety: {
    words: ["WHO"],
    about: "the safety number of a conversation",
    async run(context) {
      await ready(context);
      const c = await conversation(context, context.words[0]!);
      const { digits, verified } = await context.client.safetyNumber(c.id);
      say({ digits, verified });
    },
  },
  archive: {
    words: [],
    about: "saves new history and fetches what other devices saved",
    async run(context) {
      await ready(context);
      await context.client.archiveNow();
      say(context.client.snapshot().archive);
    },
  },
  export: {
    words: [],
    about: "everything this device can read",
    async run(context) {
      process.stdout.write(await (await context.client.exportData()).text());
    },
  },
  signout: {
    words: [],
    about: "forgets everything on this device and revokes it; --keep: keeps keys and history",
    async run(context) {
      await context.client.signOut({ wipe: !context.options.keep });
      state(context);
    },
  },
};

async function newest(client: Client, id: string): Promise<number> {
  const timeline = await client.timeline(id);
  const last = Math.max(0, ...timeline.rows().map((row) => (row.seq === null ? 0 : row.position)));
  timeline.close();
  return last;
}

async function news(context: Context, c: ConversationView, seen: Map<string, number>, left: { rows: number }): Promise<void> {
  const after = seen.get(c.id) ?? 0;
  const timeline = await context.client.timeline(c.id);
  for (const row of timeline.rows()) {
    if (row.seq === null || row.position <= after || left.rows <= 0) continue;
    seen.set(c.id, row.position);
    if (row.type === "message" && row.mine && row.device === context.client.snapshot().me?.device) continue;
    say(shown(c, row));
    left.rows--;
    if (row.type === "message") await context.client.markRead(c.id, row.seq);
  }
  timeline.close();
}

export function usage(): string {
  const lines = Object.entries(commands).map(([name, { words, about }]) => `  ${[name, ...words].join(" ")}\n      ${about}`);
  return `ngx-chat --server URL --dir DIRECTORY COMMAND\n\n${lines.join("\n")}\n`;
}
