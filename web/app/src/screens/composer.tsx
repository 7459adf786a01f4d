// Where messages are written: a draft for each conversation, a meter near the bound.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ConversationView } from "@ngx-chat/lib";
import { client } from "../state/client.ts";
import { setWriting } from "../state/update.ts";
import { sayError, t } from "../text/index.ts";
import { toast } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";

const TEXT_MAX = 16 * 1024; // bytes of UTF-8, as the library refuses more
const TELL_FROM = TEXT_MAX * 0.9;
const DRAFT_AFTER = 400; // ms without a key until the draft is stored

const encoder = new TextEncoder();

export function Composer({ view, focusRef, onUp, onEscape }: {
  view: ConversationView; focusRef: { current: HTMLTextAreaElement | null }; onUp(): void; onEscape(): void;
}) {
  const [text, setText] = useState(view.draft);
  const box = useRef<HTMLTextAreaElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const newest = useRef({ id: view.id, text, stored: view.draft });
  newest.current.text = text;
  const sending = useRef<string[]>([]); // given to the client, not stored yet: still the draft's

  function store(): void {
    clearTimeout(timer.current);
    const { id, stored } = newest.current;
    const draft = [...sending.current, newest.current.text].filter(Boolean).join("\n");
    if (draft !== stored) {
      newest.current.stored = draft;
      client().setDraft(id, draft).catch((error: unknown) => console.warn("draft:", error));
    }
  }

  // what was typed last is stored even when the page goes away
  useEffect(() => {
    addEventListener("pagehide", store);
    document.addEventListener("visibilitychange", store);
    return () => {
      removeEventListener("pagehide", store);
      document.removeEventListener("visibilitychange", store);
      store();
      setWriting(false);
    };
  }, []);

  useEffect(() => setWriting(text.trim() !== ""), [text]);

  useLayoutEffect(() => {
    const area = box.current!;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight * 0.4)}px`;
  }, [text]);

  const bytes = text.length * 3 < TELL_FROM ? 0 : encoder.encode(text.trim()).length;
  const over = bytes > TEXT_MAX;
  const empty = text.trim() === "";

  async function send(): Promise<void> {
    const said = text.trim();
    if (empty || over) return;
    const sent = client().send(view.id, said); // it begins before anything is drawn anew
    setText("");
    newest.current.text = "";
    clearTimeout(timer.current);
    sending.current.push(said);
    box.current?.focus();
    try {
      await sent;
      sending.current.splice(sending.current.indexOf(said), 1);
      store();
    } catch (error) {
      sending.current.splice(sending.current.indexOf(said), 1);
      setText((now) => (now === "" ? said : `${said}\n${now}`)); // nothing that was written gets lost
      toast(sayError(error));
    }
  }

  function key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      void send();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onUp();
    } else if (event.key === "Escape") {
      onEscape();
    }
  }

  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <div class="box">
        <textarea
          ref={(area) => { box.current = area; focusRef.current = area; }} class="input" rows={1} value={text} aria-label={t().composer}
          placeholder={view.kind === "private" ? t().composerPrivate : t().composerPlaceholder} enterkeyhint="enter"
          aria-describedby={bytes > TELL_FROM ? "composer-meter" : undefined} aria-invalid={over ? "true" : undefined} dir="auto"
          onInput={(event) => {
            setText(event.currentTarget.value);
            clearTimeout(timer.current);
            timer.current = setTimeout(store, DRAFT_AFTER);
          }}
          onKeyDown={key}
        />
        {bytes > TELL_FROM && (
          <span class={over ? "meter over" : "meter"} id="composer-meter" role="status">
            {over ? t().tooLong(bytes - TEXT_MAX) : t().bytesLeft(TEXT_MAX - bytes)}
          </span>
        )}
      </div>
      <button class="icon-button send" aria-label={t().send} disabled={empty || over}><Icon name="send" /></button>
    </form>
  );
}
