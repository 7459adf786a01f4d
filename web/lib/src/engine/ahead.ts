// Own messages become rows when the server answers, before the log shows them.
// Until it does, their number is only the server's word: when another entry turns
// up there, the message goes back to the outbox, and nothing is overwritten.

import { problem } from "../net/index.ts";
import type { Batch } from "../store/index.ts";
import type { Core, OutboxItem } from "./core.ts";
import { keys, type ConversationRecord, type RowRecord } from "./records.ts";

/** A number further from the cursor is no answer: so many entries are never under way. */
const AHEAD_MAX = 100_000;
/** Own messages that the log may owe; one that never shows them isn't believed. */
const OWED_MAX = 1_000;

const NONE = new Uint8Array(0);

/** Whether an answer's number can be this message's place: no row is there, none is promised. */
export function free(c: ConversationRecord, seq: number): boolean {
  const near = Number.isSafeInteger(seq) && seq > c.cursor && seq <= c.cursor + AHEAD_MAX;
  return near && c.ahead?.[seq] === undefined && Object.keys(c.ahead ?? {}).length < OWED_MAX;
}

/** Notes what the answer said; the conversation is written with the row. */
export function promise(c: ConversationRecord, seq: number, id: string): void {
  c.ahead = { ...c.ahead, [seq]: id };
  // a log that begins anew has its rows above this one
  c.lastSeq = Math.max(c.lastSeq, seq);
}

/**
 * The log has come to `seq`. The row of an own message that stands there although
 * this entry isn't it is what is given: it must go somewhere else.
 */
export async function reach(core: Core, c: ConversationRecord, seq: number, own: string | null): Promise<RowRecord | null> {
  if (!c.ahead) return null;
  const said = c.ahead[seq];
  for (const number of Object.keys(c.ahead)) if (Number(number) <= seq) delete c.ahead[Number(number)];
  if (said === undefined || said === own) return null;
  await core.store.flushed(); // its row may be on its way to the disk
  return (await core.store.get<RowRecord>(keys.row(c.id, c.base + seq)))?.value ?? null;
}

/** The message waits again, for a person to decide: it may be in the log or not. */
export function takeBack(core: Core, batch: Batch, c: ConversationRecord, row: RowRecord): string | null {
  if (row.type !== "message") return null;
  batch.remove(keys.row(c.id, c.base + row.seq));
  const items = core.outbox.get(c.id) ?? [];
  const item: OutboxItem = {
    id: row.id,
    conversation: c.id,
    order: Math.max(row.sent, (items.at(-1)?.order ?? 0) + 1),
    text: row.text,
    created: row.sent,
    epoch: null,
    attempts: 0,
    failed: problem("bad_answer", "The server says that this message is another entry.", { seq: row.seq }).problem,
    ciphertext: NONE,
  };
  core.outbox.set(c.id, [...items, item]);
  const { ciphertext, ...record } = item;
  batch.put(keys.outboxItem(c.id, item.order), record, ciphertext);
  const once = keys.seen(c.id, core.device, item.id);
  batch.remove(once);
  return once;
}
