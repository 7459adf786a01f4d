// Private conversations: one device of each side, offered, accepted once, never
// moved to another device, forgotten when closed.

import { codeOf, problem } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import type { Engine } from "./engine.ts";
import { keys, type RowRecord } from "./records.ts";

export class Privates {
  constructor(private readonly engine: Engine) {}

  async offer(account: string): Promise<string> {
    const c = await this.engine.conversations.take(await this.engine.core.api.offerPrivate(account));
    return c.id;
  }

  async accept(id: string): Promise<void> {
    const { core, conversations, packages } = this.engine;
    const c = core.conversation(id);
    if (c.private?.state !== "offered") throw problem("private_taken", "The offer is no longer open.");
    const message = await packages.forConversation(id);
    try {
      await conversations.take(await core.api.acceptPrivate(id, message));
    } catch (error) {
      if (codeOf(error) === "private_taken") await conversations.refresh(id);
      throw error;
    }
  }

  async decline(id: string): Promise<void> {
    await this.engine.core.api.declinePrivate(id);
    await this.#closed(id);
  }

  async close(id: string): Promise<void> {
    await this.engine.core.api.closePrivate(id);
    await this.#closed(id);
  }

  async #closed(id: string): Promise<void> {
    const { conversations, core } = this.engine;
    if (await conversations.refresh(id)) return;
    const c = core.conversation(id);
    c.state = "closed";
    await core.saveConversation(c);
  }

  /** Removes what is left of a closed one from this device. */
  async forget(id: string): Promise<void> {
    const { core, states } = this.engine;
    const c = core.conversation(id);
    if (c.kind !== "private" || c.state !== "closed") throw problem("not_closed", "Only a closed private conversation can be removed.");
    await states.lanes.run(id, async () => {
      const batch = new Batch();
      for (const { key } of await core.store.all<RowRecord>(keys.rows(id))) batch.remove(key);
      for (const { key } of await core.store.all(keys.seenIn(id))) batch.remove(key);
      for (const item of core.outbox.get(id) ?? []) batch.remove(keys.outboxItem(id, item.order));
      core.outbox.delete(id);
      states.drop(batch, id);
      states.dropPending(batch, id);
      c.hidden = true;
      c.preview = null;
      c.draft = "";
      c.unread = 0;
      core.putConversation(batch, c);
      await core.store.write(batch);
    });
    core.rowsChanged(id, "stored");
  }
}
