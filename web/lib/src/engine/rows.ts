// Rows of timelines: how an entry becomes one, and what a conversation's list
// item shows of it.

import { fromUtf8, problem, utf8 } from "../net/index.ts";
import type { Batch } from "../store/index.ts";
import type { Core } from "./core.ts";
import { keys, type ConversationRecord, type RowRecord } from "./records.ts";
import type { MlsReason } from "../mls/index.ts";
import type { Next, Why } from "./types.ts";

export const TEXT_MAX = 16 * 1024;

export interface Content {
  type: string;
  id: string;
  text: string;
  sent: number;
}

export function encodeContent(id: string, text: string, sent: number): Uint8Array {
  return utf8(JSON.stringify({ v: 1, type: "text", text, id, sent }));
}

export function checkText(text: string): void {
  if (text.length === 0) throw problem("message_empty", "There is nothing to send.");
  const size = utf8(text).length;
  if (size > TEXT_MAX) throw problem("message_too_long", "The message is too long.", { size, max: TEXT_MAX });
}

/** null: not what any client of this project writes. */
export function decodeContent(plaintext: Uint8Array): Content | null {
  try {
    const read = JSON.parse(fromUtf8(plaintext)) as Record<string, unknown>;
    if (typeof read !== "object" || read === null || typeof read.type !== "string") return null;
    const known = read.v === 1 && read.type === "text" && typeof read.text === "string";
    return {
      type: known ? "text" : "newer",
      id: typeof read.id === "string" ? read.id.slice(0, 64) : "",
      text: known ? (read.text as string) : "",
      sent: typeof read.sent === "number" && Number.isFinite(read.sent) ? read.sent : 0,
    };
  } catch {
    return null;
  }
}

/** Why a message that MLS refused can't be shown, and what becomes of it. */
export function whyOf(reason: MlsReason): { why: Why; next: Next; broken: boolean } {
  switch (reason) {
    case "epoch_too_old":
      return { why: "too_old", next: "ask_sender", broken: false };
    case "replayed":
      return { why: "replayed", next: "nothing", broken: false };
    case "wrong_epoch":
      return { why: "state_lost", next: "rejoining", broken: true };
    case "own":
      return { why: "own_elsewhere", next: "restore", broken: false };
    case "unknown_member":
      return { why: "removed_device", next: "nothing", broken: false };
    case "bad_signature":
      return { why: "forged", next: "nothing", broken: false };
    case "refused":
      return { why: "refused", next: "nothing", broken: false };
    case "malformed":
      return { why: "malformed", next: "nothing", broken: false };
    case "undecryptable":
      return { why: "state_lost", next: "ask_sender", broken: false };
  }
}

/** Puts a row where an entry stands, and what follows from it for the list. */
export function putRow(core: Core, batch: Batch, c: ConversationRecord, row: RowRecord, at?: number): void {
  const position = at ?? c.base + row.seq;
  const key = keys.row(c.id, position);
  batch.put(key, row);

  const unread = row.type === "message" && !row.mine && position > c.read;
  c.time = Math.max(c.time, row.time);
  if (unread) c.unread++;
  const preview = previewOf(row);
  if (preview) c.preview = preview;
  core.rowsChanged(c.id, { key, value: row });
}

export function previewOf(row: RowRecord): ConversationRecord["preview"] {
  switch (row.type) {
    case "message":
      return { text: row.text.slice(0, 200), mine: row.mine, kind: "text" };
    case "undecryptable":
      return row.why === "newer_client"
        ? { text: "", mine: false, kind: "other" }
        : { text: row.why, mine: false, kind: "undecryptable" };
    case "info":
      return row.info === "group_made" ? null : { text: row.info, mine: false, kind: "info" };
    default:
      return null;
  }
}
