// Reads out each message that comes in while the chat is open: once, and nothing else.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "@ngx-chat/lib";
import { t } from "../text/index.ts";
import { incomingAfter } from "./items.ts";

const STAYS = 8000; // ms until the text is taken away again
const MOST = 5; // messages read out at a time

export function Announcer({ rows }: { rows: readonly Row[] }) {
  const last = useRef<number | null>(null);
  const [text, setText] = useState("");

  useEffect(() => {
    const newest = rows.reduce((most, row) => (row.seq === null ? most : Math.max(most, row.position)), -Infinity);
    if (last.current === null) {
      last.current = newest; // what stood there when it was opened is read by who goes through it
      return;
    }
    if (newest <= last.current) return;
    const fresh = incomingAfter(rows, last.current).filter((row) => !row.restored);
    last.current = newest;
    if (fresh.length > 0) {
      setText(fresh.slice(-MOST).map((row) => t().incoming(row.senderName, row.text)).join("\n"));
    }
  }, [rows, rows.length]);

  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => setText(""), STAYS);
    return () => clearTimeout(timer);
  }, [text]);

  return <div class="visually-hidden" aria-live="polite" data-testid="announcer">{text}</div>;
}
