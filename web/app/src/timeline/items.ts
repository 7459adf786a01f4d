// From rows to what is drawn: day marks, the unread divider, runs of bubbles.
import type { MessageRow, Row } from "@ngx-chat/lib";
import type { Item } from "./layout.ts";

const RUN = 5 * 60_000; // messages of one sender within it stand together

export type TimelineItem = Item & (
  | { kind: "beginning" }
  | { kind: "day"; time: number }
  | { kind: "unread" }
  | { kind: "row"; row: Row; first: boolean; last: boolean }
);

function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function sameRun(a: Row | undefined, b: Row | undefined): boolean {
  return a?.type === "message" && b?.type === "message" && a.sender === b.sender && a.mine === b.mine
    && Math.abs(b.time - a.time) < RUN && dayOf(a.time) === dayOf(b.time);
}

/** A guess at a row's height, near enough that scrolling doesn't jump when it is measured. */
export function estimate(row: Row, width: number): number {
  if (row.type !== "message") return 48;
  const perLine = Math.max(16, Math.floor((Math.min(width * 0.86, 544) - 24) / 7.6));
  let lines = 0;
  for (const line of row.text.split("\n", 200)) {
    lines += Math.max(1, Math.ceil((line.length + 6) / perLine));
  }
  return 18 + lines * 21.3;
}

const signs = new Intl.Segmenter("en", { granularity: "grapheme" });
const SIGNS_MAX = 4; // more than that is a row of them, not a word of its own

/** No letters, few signs: shown large. */
export function onlyEmoji(text: string): boolean {
  if (text.length === 0 || text.length > 64) return false;
  const all = [...signs.segment(text)].map((one) => one.segment).filter((one) => one.trim() !== "");
  return all.length > 0 && all.length <= SIGNS_MAX && all.every((one) => /^\p{Extended_Pictographic}/u.test(one));
}

export function makeItems(rows: readonly Row[], options: { width: number; unreadFrom: number | null; beginning: boolean }): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day = "";
  let divided = options.unreadFrom === null;

  if (options.beginning) {
    items.push({ kind: "beginning", key: "beginning", estimate: 140 });
  }
  rows.forEach((row, i) => {
    const today = dayOf(row.time);
    const newDay = today !== day;
    if (newDay) {
      day = today;
      // a device's clock may go back: the key is the day's first row here, not the date
      items.push({ kind: "day", key: `day:${today}:${row.key}`, estimate: 54, time: row.time });
    }
    const dividedHere = !divided && row.position >= options.unreadFrom!;
    if (dividedHere) {
      divided = true;
      items.push({ kind: "unread", key: "unread", estimate: 44 });
    }
    items.push({
      kind: "row", key: row.key, row, estimate: estimate(row, options.width),
      first: newDay || dividedHere || !sameRun(rows[i - 1], row),
      last: !sameRun(row, rows[i + 1]) || (!divided && rows[i + 1] !== undefined && rows[i + 1]!.position >= options.unreadFrom!),
    });
  });
  return items;
}

/** Messages of others past a position: what the pill counts and what is read out. */
export function incomingAfter(rows: readonly Row[], position: number): MessageRow[] {
  const found: MessageRow[] = [];
  for (let i = rows.length - 1; i >= 0 && rows[i]!.position > position; i--) {
    const row = rows[i]!;
    if (row.type === "message" && !row.mine) found.unshift(row);
  }
  return found;
}
