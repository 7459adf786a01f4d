// The timeline: only what is in sight is drawn; what is looked at stays where it is.
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { ConversationView, Timeline as Source } from "@ngx-chat/lib";
import { client } from "../state/client.ts";
import { dayName, t } from "../text/index.ts";
import { Icon } from "../ui/icons.tsx";
import { Announcer } from "./announcer.tsx";
import { incomingAfter, makeItems, type TimelineItem } from "./items.ts";
import { Layout, type Anchor } from "./layout.ts";
import { RowView } from "./rows.tsx";

const MARGIN = 600; // pixels drawn above and below what is in sight
const NEAR = 900; // pixels from an end at which more is loaded
const BOTTOM = 40; // pixels that still count as the end
const END = 8; // pixels left free below the last item
const PAGE = 60; // rows loaded at a time

export function Timeline({ source, view, onEscape }: { source: Source; view: ConversationView; onEscape(): void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useMemo(() => new Layout(), [source]);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const place = useRef<{ stick: boolean; anchor: Anchor | null; opened: boolean }>({ stick: true, anchor: null, opened: false });
  const measures = useRef({ top: 0, height: 0, width: 0 });
  const [focused, setFocused] = useState<string | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const toggle = useCallback((key: string) => setOpen((now) => (now === key ? null : key)), []);
  const moveFocus = useRef(false);
  const seen = useRef(-Infinity);
  const marked = useRef(-1);
  const loading = useRef(false);
  const shown = useRef({ from: 0, to: 0, stick: true });

  const rows = source.rows();
  const items = useMemo(
    () => makeItems(rows, { width: measures.current.width || 600, unreadFrom: source.unreadFrom(), beginning: !source.hasBefore() }),
    [rows, rows.length, rows[0], rows[rows.length - 1], source.hasBefore(), measures.current.width],
  );
  useMemo(() => layout.setItems(items), [items, layout]);

  useEffect(() => source.subscribe(() => redraw(undefined)), [source]);

  const atEnd = () => place.current.stick && !source.hasAfter();

  const markRead = useCallback(() => {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    const bottom = measures.current.top + measures.current.height;
    const pad = Math.max(0, measures.current.height - layout.total - END);
    let newest = -1;
    for (let i = layout.at(bottom - pad); i >= 0; i--) {
      const item = items[i];
      if (item?.kind === "row" && layout.top(i) + pad + 8 <= bottom) {
        if (item.row.seq !== null) {
          seen.current = Math.max(seen.current, item.row.position);
          newest = item.row.seq;
          break;
        }
      }
    }
    if (newest > marked.current) {
      marked.current = newest;
      client().markRead(view.id, newest).catch(() => { marked.current = -1; });
    }
  }, [items, layout, view.id]);

  // where to stand after whatever changed: at the end, or where the anchor was
  function settle(): void {
    const box = scroller.current;
    if (!box) return;
    if (!place.current.opened && items.length > 0) {
      place.current.opened = true;
      const divider = layout.indexOf("unread");
      if (divider > 0) {
        place.current.stick = layout.total - layout.top(divider) < box.clientHeight;
        place.current.anchor = { key: "unread", offset: Math.round(box.clientHeight / 4) };
      }
    }
    const wanted = place.current.stick || !place.current.anchor
      ? box.scrollHeight - box.clientHeight
      : layout.scrollFor(place.current.anchor) ?? box.scrollTop;
    if (Math.abs(box.scrollTop - wanted) >= 1) box.scrollTop = wanted;
    measures.current.top = box.scrollTop;
  }

  const measure = useCallback((): boolean => {
    let changed = false;
    scroller.current?.querySelectorAll<HTMLElement>(".item").forEach((element) => {
      changed = layout.setHeight(element.dataset.key!, element.offsetHeight) || changed;
    });
    return changed;
  }, [layout]);

  useLayoutEffect(() => {
    const box = scroller.current!;
    measures.current.height = box.clientHeight;
    if (box.clientWidth !== measures.current.width) {
      measures.current.width = box.clientWidth;
      layout.forget();
    }
    if (measure()) redraw(undefined);
    settle();
    if (moveFocus.current) {
      moveFocus.current = false;
      box.querySelector<HTMLElement>(`[data-row="${CSS.escape(focused ?? "")}"]`)?.focus({ preventScroll: true });
    }
    markRead();
  });

  useEffect(() => {
    const box = scroller.current!;
    const observer = new ResizeObserver(() => {
      measures.current.height = box.clientHeight;
      if (measure() || box.clientWidth !== measures.current.width) redraw(undefined);
      settle();
    });
    observer.observe(box);
    observer.observe(box.firstElementChild!);
    const look = () => markRead();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      observer.disconnect();
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [layout, markRead]);

  async function loadMore(): Promise<void> {
    const box = scroller.current;
    if (!box || loading.current) return; // it was left while an effect waited
    const before = box.scrollTop < NEAR && source.hasBefore();
    const after = box.scrollHeight - box.clientHeight - box.scrollTop < NEAR && source.hasAfter();
    if (!before && !after) return;
    loading.current = true;
    try {
      await (before ? source.loadBefore(PAGE) : source.loadAfter(PAGE));
    } finally {
      loading.current = false;
      redraw(undefined);
    }
  }

  function onScroll(): void {
    const box = scroller.current;
    if (!box) return;
    measures.current.top = box.scrollTop;
    place.current.stick = box.scrollHeight - box.clientHeight - box.scrollTop < BOTTOM && !source.hasAfter();
    place.current.anchor = layout.anchor(box.scrollTop);
    if (differs()) redraw(undefined);
    void loadMore();
  }

  // a page that fills less than the view never scrolls: load until it does
  useEffect(() => { void loadMore(); });

  /** What is to be drawn: first item, the one past the last, and whether the end is held. */
  function range(): { from: number; to: number; stick: boolean } {
    const { stick } = place.current;
    const height = measures.current.height || 800;
    const [from, to] = layout.range(stick ? Math.max(0, layout.total - height) : measures.current.top, height, MARGIN);
    return { from, to, stick };
  }

  /** Whether it isn't what is drawn: a scroll that this page made itself changes nothing. */
  function differs(): boolean {
    const now = range();
    return now.from !== shown.current.from || now.to !== shown.current.to || now.stick !== shown.current.stick;
  }

  function toEnd(): void {
    place.current.stick = true;
    const done = () => { redraw(undefined); };
    if (source.hasAfter()) source.toEnd().then(done, done);
    else done();
  }

  function focusItem(index: number, step: 1 | -1): void {
    let i = Math.max(0, Math.min(items.length - 1, index));
    while (items[i] && items[i]!.kind !== "row") i += step;
    const item = items[i];
    if (!item) return;
    const box = scroller.current!;
    const top = layout.top(i);
    const bottom = top + layout.height(i);
    if (top < box.scrollTop) place.current = { ...place.current, stick: false, anchor: { key: item.key, offset: 8 } };
    else if (bottom > box.scrollTop + box.clientHeight) {
      place.current = { ...place.current, stick: i === items.length - 1, anchor: { key: item.key, offset: box.clientHeight - layout.height(i) - 8 } };
    }
    measures.current.top = layout.scrollFor(place.current.anchor ?? { key: item.key, offset: 0 }) ?? box.scrollTop;
    moveFocus.current = true;
    setFocused(item.key);
    redraw(undefined);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      if (open) setOpen(null);
      else onEscape();
      return;
    }
    const inside = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    if (event.key === "Enter" && inside && event.target === inside) {
      event.preventDefault();
      const key = inside.dataset.row!;
      setOpen(open === key ? null : key);
      return;
    }
    const at = layout.indexOf(inside?.dataset.row ?? focused ?? items[items.length - 1]?.key ?? "");
    const view = scroller.current!.clientHeight;
    switch (event.key) {
      case "ArrowUp": event.preventDefault(); focusItem(at - 1, -1); break;
      case "ArrowDown": event.preventDefault(); focusItem(at + 1, 1); break;
      case "Home": event.preventDefault(); focusItem(0, 1); break;
      case "End": event.preventDefault(); focusItem(items.length - 1, -1); break;
      case "PageUp": event.preventDefault(); focusItem(layout.at(layout.top(at) - view), -1); void loadMore(); break;
      case "PageDown": event.preventDefault(); focusItem(layout.at(layout.top(at) + view), 1); break;
    }
  }

  const { from, to } = (shown.current = range());
  const focusedAt = focused ? layout.indexOf(focused) : -1;
  const drawn = items.slice(from, to).map((item, i) => ({ item, index: from + i }));
  if (focusedAt >= 0 && (focusedAt < from || focusedAt >= to)) {
    drawn.push({ item: items[focusedAt]!, index: focusedAt });
  }
  const lastRow = items.findLast((item) => item.kind === "row");
  const stop = focusedAt >= 0 ? focused : lastRow?.key ?? null;
  const pad = Math.max(0, (measures.current.height || 0) - layout.total - END);
  const stored = rows.findLast((row) => row.seq !== null); // queued ones stand past all numbers
  if (atEnd() && stored) seen.current = Math.max(seen.current, stored.position);
  const unseen = atEnd() || seen.current === -Infinity ? 0 : incomingAfter(rows, seen.current).length;

  return (
    <div class="timeline-place">
      <div class="timeline" ref={scroller} role="log" aria-live="off" aria-label={t().messages} onScroll={onScroll} onKeyDown={onKey}
        data-count={items.length} tabIndex={stop ? -1 : 0}>
        <div class="inner" style={{ height: `${Math.max(layout.total, 1) + pad + END}px` }}>
          {drawn.map(({ item, index }) => (
            <div class="item" key={item.key} data-key={item.key} style={{ transform: `translateY(${layout.top(index) + pad}px)` }}>
              <ItemView item={item} view={view} stop={stop} open={open} onOpen={toggle} />
            </div>
          ))}
        </div>
      </div>
      {(!place.current.stick || source.hasAfter()) && items.length > 0 && (
        <button type="button" class={unseen > 0 ? "pill new" : "pill"} onClick={toEnd} aria-label={unseen > 0 ? undefined : t().toEnd}>
          {unseen > 0 && t().newMessages(unseen)}<Icon name="down" small />
        </button>
      )}
      <Announcer rows={rows} />
    </div>
  );
}

function ItemView({ item, view, stop, open, onOpen }: {
  item: TimelineItem; view: ConversationView; stop: string | null; open: string | null; onOpen(key: string): void;
}) {
  switch (item.kind) {
    case "beginning": return <Beginning view={view} />;
    case "day": return <div class="day"><h2>{dayName(item.time)}</h2></div>;
    case "unread": return <div class="unread" role="separator" aria-label={t().unreadHere}><span aria-hidden="true">{t().unreadHere}</span></div>;
    case "row":
      return <RowView row={item.row} conversation={view.id} first={item.first} last={item.last} focusable={stop === item.key}
        open={open === item.key} onOpen={onOpen} />;
  }
}

function Beginning({ view }: { view: ConversationView }) {
  return (
    <div class="beginning">
      <strong>{t().beginningTitle(view.title)}</strong>
      <p>{view.kind === "private" ? t().beginningPrivate : t().beginningText}</p>
    </div>
  );
}
