// The archive of history: rows of this device, sealed under the account's
// archive key, in parts at the server. Each device writes parts of its own and
// merges those of the others; what some part has is not saved twice.

import { codeOf, fromBase64url, fromUtf8, utf8, type wire } from "../net/index.ts";
import { after, Batch } from "../store/index.ts";
import { openPart, sealPart } from "../identity/index.ts";
import { Lane, type Core } from "./core.ts";
import { previewOf } from "./rows.ts";
import { keys, positionOf, type ArchiveRecord, type ConversationRecord, type RowRecord } from "./records.ts";
import type { ArchiveView } from "./types.ts";

const PARTS = 1024;
/** A part is closed when its text has so many bytes; sealed it must fit a payload. */
const PART_BYTES = 48 * 1024;
const PAGE = 200;

type MessageRow = Extract<RowRecord, { type: "message" }>;

export const NOTHING: ArchiveView = { state: "off", restored: 0, parts: 0, bytes: 0, older: [] };

interface Saved {
  c: string;
  p: number;
  r: MessageRow;
}

export class Archive {
  view: ArchiveView = NOTHING;
  readonly #core: Core;
  readonly #lane = new Lane();
  readonly #states: { run<T>(name: string, work: () => Promise<T>): Promise<T> };

  constructor(core: Core, lanes: { run<T>(name: string, work: () => Promise<T>): Promise<T> }) {
    this.#core = core;
    this.#states = lanes;
  }

  /** Fetches what other devices saved, then saves what none has. */
  run(): Promise<void> {
    return this.#lane.run(async () => {
      if (!this.#core.identity?.archiveKey || !this.#core.ready) return;
      try {
        this.#show({ state: "restoring", restored: 0 });
        const { items, bytes } = await this.#core.api.archive();
        this.#show({ parts: items.length, bytes });
        const record = await this.#load();
        const covered = await this.#pull(record, items);
        this.#show({ state: "saving" });
        const room = await this.#push(record, items, covered);
        this.#show({ state: room ? "idle" : "full" });
      } catch (error) {
        this.#show({ state: "failed" });
        throw error;
      }
    });
  }

  /** Whether this device has ever looked at it. */
  async begun(): Promise<boolean> {
    return (await this.#core.store.get<ArchiveRecord>(keys.archive)) !== null;
  }

  async #load(): Promise<ArchiveRecord> {
    return (await this.#core.store.get<ArchiveRecord>(keys.archive))?.value ?? { parts: [], seen: {}, saved: {} };
  }

  /** The server shows a part as it was before: nothing is taken from it, and nothing added to it. */
  #older(record: ArchiveRecord, part: number, revision: number): boolean {
    const older = revision < (record.revisions?.[part] ?? 0);
    if (older && !this.view.older.includes(part)) this.#show({ older: [...this.view.older, part] });
    return older;
  }

  get #key(): Uint8Array {
    return fromBase64url(this.#core.identity!.archiveKey!);
  }

  // ---- restoring ----

  /** The keys of the rows that parts of other devices hold. */
  async #pull(record: ArchiveRecord, items: readonly wire.ArchivePart[]): Promise<Set<string>> {
    const covered = new Set<string>();
    for (const { part, updated } of items) {
      const own = record.parts.some((one) => one.part === part && one.updated === updated);
      if (own || record.seen[part] === updated) continue;
      const sealed = await this.#core.api.archivePart(part);
      let rows: Saved[];
      try {
        const { revision, plaintext } = await openPart(this.#key, this.#core.account, part, sealed);
        if (this.#older(record, part, revision)) continue;
        record.revisions = { ...record.revisions, [part]: revision };
        rows = fromUtf8(plaintext).split("\n").filter(Boolean).map((line) => JSON.parse(line) as Saved);
      } catch {
        rows = []; // of an earlier archive key, or damaged: it has nothing for this device
      }
      const byConversation = new Map<string, Saved[]>();
      for (const row of rows) {
        covered.add(keys.row(row.c, row.p));
        byConversation.set(row.c, [...(byConversation.get(row.c) ?? []), row]);
      }
      for (const [id, saved] of byConversation) await this.#merge(id, saved);
      record.seen[part] = updated;
      await this.#core.store.write(new Batch().put(keys.archive, record));
    }
    return covered;
  }

  #merge(id: string, saved: Saved[]): Promise<void> {
    return this.#states.run(id, async () => {
      const c = this.#core.conversations.get(id);
      if (!c || c.kind === "private" || c.kind === "self") return;
      const batch = new Batch();
      let newest: { position: number; row: MessageRow } | null = null;
      for (const { p, r } of saved) {
        const there = (await this.#core.store.get<RowRecord>(keys.row(id, p)))?.value;
        if (there && there.type !== "undecryptable" && there.type !== "expired") continue;
        if (!wellFormed(r)) continue;
        const mine = r.sender === this.#core.account;
        const row: MessageRow = { ...r, mine, restored: true };
        batch.put(keys.row(id, p), row);
        this.view = { ...this.view, restored: this.view.restored + 1 };
        if (!newest || p > newest.position) newest = { position: p, row };
      }
      if (batch.changes.length === 0) return;
      if (newest) await this.#freshen(c, newest);
      this.#core.putConversation(batch, c);
      await this.#core.store.write(batch);
      this.#core.rowsChanged(id, "stored");
    });
  }

  /** The list shows the newest row, wherever it came from; what was archived has been read. */
  async #freshen(c: ConversationRecord, newest: { position: number; row: MessageRow }): Promise<void> {
    c.read = Math.max(c.read, newest.position);
    const last = (await this.#core.store.range<RowRecord>(keys.rows(c.id), after(keys.rows(c.id)), 1, true))[0];
    const newer = last && positionOf(last.key) > newest.position && last.value.type === "message";
    if (!newer) c.preview = previewOf(newest.row);
    c.time = Math.max(c.time, newest.row.time);
  }

  // ---- saving ----

  /** false: all parts are used. */
  async #push(record: ArchiveRecord, items: readonly wire.ArchivePart[], covered: ReadonlySet<string>): Promise<boolean> {
    const scanned: Record<string, number> = {};
    let lines: Saved[] = [];
    let size = 0;
    for (const c of this.#core.conversations.values()) {
      if (c.kind === "private" || c.kind === "self") continue;
      let from = record.saved[c.id] ?? 0;
      for (;;) {
        const to = keys.row(c.id, c.base + c.cursor + 0.999);
        const rows = await this.#core.store.range<RowRecord>(keys.row(c.id, from + 0.001), to, PAGE, false);
        for (const { key, value } of rows) {
          from = positionOf(key);
          if (value.type !== "message" || value.restored || covered.has(key)) continue;
          const saved: Saved = { c: c.id, p: from, r: value };
          const bytes = utf8(JSON.stringify(saved)).length + 1;
          if (size + bytes > PART_BYTES && lines.length > 0) {
            if (!(await this.#write(record, items, lines))) return false;
            lines = [];
            size = 0;
          }
          lines.push(saved);
          size += bytes;
        }
        if (rows.length < PAGE) break;
      }
      scanned[c.id] = from;
    }
    if (lines.length > 0 && !(await this.#write(record, items, lines))) return false;
    Object.assign(record.saved, scanned);
    await this.#core.store.write(new Batch().put(keys.archive, record));
    return true;
  }

  /** Into the own last part while it has room, else into a new one. */
  async #write(record: ArchiveRecord, items: readonly wire.ArchivePart[], lines: Saved[]): Promise<boolean> {
    let text = lines.map((line) => JSON.stringify(line)).join("\n") + "\n";
    const last = record.parts.at(-1);
    let part = -1;
    if (last && last.bytes + text.length <= PART_BYTES) {
      // another device may have taken the same number: then it is its part
      const there = items.find((one) => one.part === last.part);
      if (there?.updated === last.updated) {
        const sealed = await this.#core.api.archivePart(last.part);
        const there = await openPart(this.#key, this.#core.account, last.part, sealed);
        if (!this.#older(record, last.part, there.revision)) {
          text = fromUtf8(there.plaintext) + text;
          part = last.part;
          record.parts.pop();
        }
      }
    }
    if (part < 0) part = free(items, record, this.#core.env.random());
    if (part < 0) return false;

    const plain = utf8(text);
    const revision = (record.revisions?.[part] ?? 0) + 1;
    const sealed = await sealPart(this.#key, this.#core.account, part, { revision, plaintext: plain });
    let updated: string;
    try {
      updated = (await this.#core.api.putArchive(part, sealed)).updated;
    } catch (error) {
      if (codeOf(error) === "payload_too_large") return false;
      throw error;
    }
    record.parts.push({ part, updated, rows: lines.length, bytes: plain.length });
    record.revisions = { ...record.revisions, [part]: revision };
    record.seen[part] = updated;
    for (const { c, p } of lines) record.saved[c] = Math.max(p, record.saved[c] ?? 0);
    await this.#core.store.write(new Batch().put(keys.archive, record));
    return true;
  }

  #show(change: Partial<ArchiveView>): void {
    this.view = { ...this.view, ...change };
    this.#core.changed();
  }
}

/** A number that nobody uses, at random: two devices that begin at once don't meet. */
function free(items: readonly wire.ArchivePart[], record: ArchiveRecord, random: number): number {
  const used = new Set([...items.map((item) => item.part), ...record.parts.map((own) => own.part)]);
  const left = Array.from({ length: PARTS }, (_, part) => part).filter((part) => !used.has(part));
  return left.length > 0 ? left[Math.floor(random * left.length)]! : -1;
}

function wellFormed(row: MessageRow): boolean {
  return (
    row !== null &&
    typeof row === "object" &&
    row.type === "message" &&
    typeof row.text === "string" &&
    typeof row.sender === "string" &&
    typeof row.seq === "number" &&
    typeof row.time === "number"
  );
}
