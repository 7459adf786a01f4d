// Where each item of a long list stands, and which of them are in sight. Pure:
// knows heights by key, nothing of a page.

export interface Item {
  key: string;
  /** a guess until it was measured */
  estimate: number;
}

/** A place that must not move: an item, and how far below the top of the view it begins. */
export interface Anchor {
  key: string;
  offset: number;
}

export class Layout {
  private items: readonly Item[] = [];
  private index = new Map<string, number>();
  private heights = new Map<string, number>();
  private tops: Float64Array = new Float64Array(1);
  private valid = 0; // tops[0..valid] are right

  get count(): number {
    return this.items.length;
  }

  setItems(items: readonly Item[]): void {
    this.items = items;
    this.index = new Map(items.map((item, i) => [item.key, i]));
    if (this.tops.length < items.length + 1) {
      this.tops = new Float64Array(Math.max(items.length + 1, this.tops.length * 2));
    }
    this.valid = 0;
    if (this.heights.size > 4 * items.length + 1000) {
      for (const key of this.heights.keys()) {
        if (!this.index.has(key)) this.heights.delete(key);
      }
    }
  }

  /** Notes a measured height; true when it differs from what was known. */
  setHeight(key: string, height: number): boolean {
    if (this.heights.get(key) === height) return false;
    this.heights.set(key, height);
    const at = this.index.get(key);
    if (at === undefined) return false;
    this.valid = Math.min(this.valid, at);
    return true;
  }

  measured(key: string): boolean {
    return this.heights.has(key);
  }

  /** Forgets what was measured: the width changed. */
  forget(): void {
    this.heights.clear();
    this.valid = 0;
  }

  indexOf(key: string): number {
    return this.index.get(key) ?? -1;
  }

  height(i: number): number {
    const item = this.items[i];
    return item ? this.heights.get(item.key) ?? item.estimate : 0;
  }

  top(i: number): number {
    const to = Math.max(0, Math.min(i, this.items.length));
    while (this.valid < to) {
      this.tops[this.valid + 1] = this.tops[this.valid]! + this.height(this.valid);
      this.valid++;
    }
    return this.tops[to]!;
  }

  get total(): number {
    return this.top(this.items.length);
  }

  /** The item at a height; the last one below the end. */
  at(y: number): number {
    this.top(this.items.length);
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle]! <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /** First and past-the-last item to be drawn: what is in sight and a margin on both sides. */
  range(scrollTop: number, view: number, margin: number): [number, number] {
    if (this.items.length === 0) return [0, 0];
    return [this.at(Math.max(0, scrollTop - margin)), this.at(scrollTop + view + margin) + 1];
  }

  /** What stands first in sight. */
  anchor(scrollTop: number): Anchor | null {
    const i = this.at(scrollTop);
    const item = this.items[i];
    return item ? { key: item.key, offset: this.top(i) - scrollTop } : null;
  }

  /** Where to scroll so that the anchor stands as it stood; null when it is gone. */
  scrollFor(anchor: Anchor): number | null {
    const i = this.indexOf(anchor.key);
    return i < 0 ? null : this.top(i) - anchor.offset;
  }
}
