// The export of everything this device can read, as one JSON file.

import type { Engine } from "./engine.ts";
import { keys, type RowRecord } from "./records.ts";

const FORMAT = "ngx_chat export v1";

export async function exportData(engine: Engine): Promise<Blob> {
  const { core, views } = engine;
  const parts: string[] = [];
  const head = { format: FORMAT, made: new Date(core.env.now()).toISOString(), account: views.me() };
  parts.push(JSON.stringify(head).slice(0, -1), ',"conversations":[');

  let first = true;
  for (const c of core.conversations.values()) {
    if (c.kind === "self") continue;
    const rows = await core.store.all<RowRecord>(keys.rows(c.id));
    const conversation = {
      id: c.id,
      kind: c.kind,
      title: views.conversation(c).title,
      members: c.members.map(({ account, username, displayName }) => ({ account, username, display_name: displayName })),
      draft: c.draft,
      rows: rows.map(({ value }) => ({ ...value, time: new Date(value.time).toISOString() })),
      queued: (core.outbox.get(c.id) ?? []).map(({ id, text, created }) => ({ id, text, created })),
    };
    parts.push(first ? "" : ",", JSON.stringify(conversation));
    first = false;
  }
  parts.push("]}\n");
  return new Blob(parts, { type: "application/json" });
}
