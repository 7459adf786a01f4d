// What the entries of the account's own conversation set in motion. They say what
// changed; lists hold the state, and are read again after each `drained`.

import type { Batch } from "../store/index.ts";
import type { Engine } from "./engine.ts";

/** What must survive a crash goes into the entry's batch. */
export function selfEntry(engine: Engine, batch: Batch, body: Record<string, unknown>): void {
  const { core, directory, linking, worker } = engine;
  const account = typeof body.account === "string" ? body.account : core.account;
  const conversation = typeof body.conversation === "string" ? body.conversation : null;
  switch (body.type) {
    case "device_certified":
    case "account_key_changed":
      directory.invalidate(account, batch);
      engine.later(async () => {
        if (!core.ready) return;
        if (directory.person(account)) await directory.ensure(account);
        for (const c of core.conversations.values()) {
          if (c.members.some((member) => member.account === account)) worker.poke(c.id);
        }
      });
      return;
    case "device_added":
    case "device_approved":
    case "device_revoked":
      directory.invalidate(core.account, batch);
      engine.later(() => ownDevices(engine, body));
      return;
    case "device_link":
      engine.later(async () => {
        linking.look();
        if (engine.devices) await engine.loadDevices();
      });
      return;
    case "block_added":
    case "block_removed":
      engine.later(() => engine.conversations.refreshOf(account));
      return;
    case "account_deletion":
      engine.later(() => engine.account.look());
      return;
    case "key_packages_low":
      // who can't judge a Welcome yet must not be added: packages come with the account's key
      if (body.device === core.device && core.identity?.accountPublic) engine.later(() => engine.packages.refill());
      return;
  }
  if (conversation) engine.later(async () => void (await engine.conversations.refresh(conversation)));
}

async function ownDevices(engine: Engine, body: Record<string, unknown>): Promise<void> {
  const { core, directory, linking, worker } = engine;
  if (body.device === core.device && body.type === "device_approved" && !core.session?.approved) {
    // approved by another device; the keys come by the link
    linking.look();
    return;
  }
  if (engine.devices) await engine.loadDevices();
  if (!core.ready) return;
  await directory.reread(core.account);
  worker.pokeAll();
}
