// A window of a conversation's rows: bounded in memory, moved by paging, kept
// at the end while it stands there. It is read from the store when it moves; what
// is written meanwhile it is told, so that a message is shown without another read.

import { after } from "../store/index.ts";
import type { Core } from "./core.ts";
import { Lane, type RowChange } from "./core.ts";
import { keep, type Views } from "./views.ts";
import { keys, positionOf, type RowRecord } from "./records.ts";
import type { Row, Timeline } from "./types.ts";

const PAGE = 50;
/** Rows of a window; paging further lets go of the other end. */
const WINDOW_MAX = 400;

interface Found {
  key: string;
  value: RowRecord;
}

export class RowWindow implements Timeline {
  #rows: readonly Row[] = [];
  /** the records behind them, in order */
  #found: Found[] = [];
  /** what came while the store was read */
  #missed: Found[] | null = null;
  #before = false;
  #after = false;
  #atEnd = true;
  #count = PAGE;
  /** position of the first row, while the window doesn't stand at the end */
  #from = 0;
  #unreadFrom: number | null = null;
  #closed = false;
  #drawing = false;
  readonly #lane = new Lane();
  readonly #listeners = new Set<() => void>();
  readonly #onRows: (conversation: string, change: RowChange) => void;

  private constructor(
    readonly conversation: string,
    private readonly core: Core,
    private readonly views: Views,
  ) {
    this.#onRows = (changed, change) => {
      if (changed !== this.conversation || this.#closed) return;
      if (change === "stored") {
        void this.#reload().catch(() => {});
        return;
      }
      if (change !== "shown") {
        this.#missed?.push(change);
        this.#take(change);
      }
      this.#soon();
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

  /** Changes of one turn are drawn once. */
  #soon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      if (!this.#closed && !this.core.stopped) this.#draw();
    }, 0);
  }

  /** A row that is new, or another one in its place. */
  #take(row: Found): void {
    const found = this.#found;
    const at = lowerBound(found, row.key);
    if (found[at]?.key === row.key) {
      found[at] = row;
    } else if (at === 0 && this.#before) {
      return; // it stands before the window
    } else if (at === found.length && !this.#atEnd) {
      this.#after = true;
    } else {
      found.splice(at, 0, row);
      if (found.length <= this.#count) return;
      if (this.#atEnd) {
        found.shift();
        this.#before = true;
      } else {
        found.pop();
        this.#after = true;
      }
    }
  }

  #reload(): Promise<void> {
    return this.#lane.run(async () => {
      const missed: Found[] = (this.#missed = []);
      try {
        // what was asked to be written may not be readable yet
        await this.core.store.flushed();
        await this.#fetch();
      } finally {
        this.#missed = null;
      }
      for (const row of missed) this.#take(row);
      this.#draw();
    });
  }

  async #fetch(): Promise<void> {
    if (!this.core.conversations.has(this.conversation) || this.#closed) return;
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
    this.#found = shown.map(({ key, value }) => ({ key, value }));
  }

  #draw(): void {
    const c = this.core.conversations.get(this.conversation);
    if (!c || this.#closed) return;
    const old = new Map(this.#rows.map((row) => [row.key, row]));
    const rows = this.#found.map(({ key, value }) => this.views.row(c, key, value));
    if (!this.#after) {
      const items = this.core.outbox.get(this.conversation) ?? [];
      rows.push(...items.map((item, n) => this.views.queued(c, item, n)));
    }
    this.#rows = rows.map((row) => keep(old.get(row.key), row));
    for (const listener of this.#listeners) listener();
  }

  #read(from: number, to: number, count: number, fromEnd: boolean) {
    const upper = to === Infinity ? after(keys.rows(this.conversation)) : keys.row(this.conversation, to);
    const lower = keys.row(this.conversation, Math.max(0, from));
    return this.core.store.range<RowRecord>(lower, upper, count, fromEnd);
  }
}

/** The first place whose key isn't less. */
function lowerBound(found: readonly Found[], key: string): number {
  let low = 0;
  let high = found.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (found[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
