// One engine's parts without a server: what a suite doesn't give is never asked for.

import { Conversations } from "../../src/engine/conversations.ts";
import { Core } from "../../src/engine/core.ts";
import { States } from "../../src/engine/states.ts";
import type { wire } from "../../src/net/index.ts";
import { openFile, Store } from "../../src/store/index.ts";

export const [ME, ALICE, MALLORY] = ["1", "2", "3"].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`) as [string, string, string];
export const MINE = "aaaaaaaa-0000-4000-8000-00000000000a";
export const THEIRS = "bbbbbbbb-0000-4000-8000-00000000000b";
const member = (account: string) => ({ account, username: account, display_name: account, delivered: 0, read: 0 });

export function said(kind: wire.Conversation["kind"], accounts: string[], more: object = {}): wire.Conversation {
  const now = new Date().toISOString();
  return {
    id: "talk", kind, payload: "mls", history: "keep", title: null, members: accounts.map(member), last_seq: 0, floor: 0, epoch: 0,
    membership_version: 1, unread: 0, delivered: 0, read: 0, created: now, active: now, cipher_suite: 1, group_id: "AAAA", leaves: [],
    state: "open", ...more,
  } as unknown as wire.Conversation;
}

export const offer = (to_device: string | null, state = "accepted") => ({
  private: { state, from_account: ME, from_device: MINE, to_account: ALICE, to_device, key_package: "AAAA", expires: null },
});

/** api and line: what the engine asks of the server, as far as the suite answers it. */
export async function engine(api: object = {}, line: object = {}, clock = { now: Date.now(), random: 0.5 }) {
  let bytes: Uint8Array | null = null;
  const memory = {
    read: () => Promise.resolve(bytes),
    append: (more: Uint8Array) => Promise.resolve(void (bytes = new Uint8Array([...(bytes ?? []), ...more]))),
    replace: (all: Uint8Array) => Promise.resolve(void (bytes = all)),
    close: () => {},
    remove: () => Promise.resolve(void (bytes = null)),
  };
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const store = await Store.open(await openFile(memory, key), () => {});
  const env = { now: () => clock.now, random: () => clock.random };
  const core = new Core(store, api as never, { ack: () => {}, state: "online", ...line } as never, env);
  core.session = { account: ME, device: MINE, token: "t", verified: true, approved: true, prepared: true, revoked: false } as never;
  core.drained = true;
  const states = new States(core);
  return { core, states, conversations: new Conversations(core, states, () => {}) };
}
