// A window of a conversation's rows: bounded in memory, moved by paging, kept
// at the end while it stands there.

import { after } from "../store/index.ts";
import type { Core } from "./core.ts";
import { Lane } from "./core.ts";
import { keep, type Views } from "./views.ts";
import { keys, positionOf, type RowRecord } from "./records.ts";
import type { Row, Timeline } from "./types.ts";

const PAGE = 50;
/** Rows of a window; paging further lets go of the other end. */
const WINDOW_MAX = 400;

export class RowWindow implements Timeline {
  #rows: readonly Row[] = [];
  #before = false;
  #after = false;
  #atEnd = true;
  #count = PAGE;
  /** position of the first row, while the window doesn't stand at the end */
  #from = 0;
  #unreadFrom: number | null = null;
  #closed = false;
  #waiting = false;
  readonly #lane = new Lane();
  readonly #listeners = new Set<() => void>();
  readonly #onRows: (conversation: string) => void;

  private constructor(
    readonly conversation: string,
    private readonly core: Core,
    private readonly views: Views,
  ) {
    this.#onRows = (changed) => {
      if (changed === this.conversation) this.#soon();
    };
    core.rowListeners.add(this.#onRows);
  }

  static async open(conversation: string, core: Core, views: Views): Promise<RowWindow> {
    const c = core.conversation(conversation);
    const window = new RowWindow(conversation, core, views);
    const read = c.read;
    window.#count = Math.min(WINDOW_MAX, Math.max(PAGE, c.unread + 20));
    await window.#reload();
    const first = window.#rows.find((row) => row.type === "message" && !row.mine && row.position > read);
    window.#unreadFrom = first?.position ?? null;
    return window;
  }

  rows(): readonly Row[] {
    return this.#rows;
  }

  hasBefore(): boolean {
    return this.#before;
  }

  hasAfter(): boolean {
    return this.#after;
  }

  unreadFrom(): number | null {
    return this.#unreadFrom;
  }

  async loadBefore(count = PAGE): Promise<void> {
    if (!this.#before) return;
    const first = this.#rows[0]?.position ?? 0;
    const older = await this.#read(0, first, count, true);
    this.#from = older[0] ? positionOf(older[0].key) : first;
    this.#count = Math.min(WINDOW_MAX, this.#count + older.length);
    this.#atEnd = this.#atEnd && this.#rows.length + older.length <= WINDOW_MAX;
    await this.#reload();
  }

  async loadAfter(count = PAGE): Promise<void> {
    if (!this.#after) return;
    const last = this.#rows.at(-1)?.position ?? 0;
    const newer = await this.#read(last + 0.001, Infinity, count, false);
    const kept = Math.max(0, this.#rows.length + newer.length - WINDOW_MAX);
    this.#from = this.#rows[kept]?.position ?? this.#from;
    this.#count = Math.min(WINDOW_MAX, this.#rows.length + newer.length);
    await this.#reload();
  }

  async toEnd(): Promise<void> {
    this.#atEnd = true;
    this.#count = PAGE;
    await this.#reload();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.core.rowListeners.delete(this.#onRows);
    this.#listeners.clear();
  }

  /** Changes of one turn are read once. */
  #soon(): void {
    if (this.#waiting || this.#closed) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      if (!this.#closed && !this.core.stopped) void this.#reload().catch(() => {});
    }, 0);
  }

  #reload(): Promise<void> {
    return this.#lane.run(async () => {
      // what was asked to be written may not be readable yet
      await this.core.store.flushed();
      const c = this.core.conversations.get(this.conversation);
      if (!c || this.#closed) return;
      const count = this.#count;
      const found = this.#atEnd
        ? await this.#read(0, Infinity, count + 1, true)
        : await this.#read(this.#from, Infinity, count + 1, false);

      this.#after = !this.#atEnd && found.length > count;
      if (!this.#atEnd && !this.#after) {
        this.#atEnd = true; // the window has reached the end: it follows from now on
        this.#count = Math.max(PAGE, found.length);
      }
      const over = found.length > count;
      const shown = over ? (this.#after ? found.slice(0, count) : found.slice(1)) : found;
      const first = shown[0] ? positionOf(shown[0].key) : 0;
      this.#before = over && !this.#after ? true : (await this.#read(0, first, 1, true)).length > 0;

      const old = new Map(this.#rows.map((row) => [row.key, row]));
      const rows = shown.map(({ key, value }) => this.views.row(c, key, value));
      if (!this.#after) {
        const items = this.core.outbox.get(this.conversation) ?? [];
        rows.push(...items.map((item, n) => this.views.queued(c, item, n)));
      }
      this.#rows = rows.map((row) => keep(old.get(row.key), row));
      for (const listener of this.#listeners) listener();
    });
  }

  #read(from: number, to: number, count: number, fromEnd: boolean) {
    const upper = to === Infinity ? after(keys.rows(this.conversation)) : keys.row(this.conversation, to);
    const lower = keys.row(this.conversation, Math.max(0, from));
    return this.core.store.range<RowRecord>(lower, upper, count, fromEnd);
  }
}
