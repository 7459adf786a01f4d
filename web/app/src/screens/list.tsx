// The list of conversations, what is asked of the person, and the way to the rest.
import { useRef, useState } from "preact/hooks";
import type { ConversationView } from "@ngx-chat/lib";
import { client, conversations, snapshot } from "../state/client.ts";
import { askRecovery, askRecoveryCheck } from "../state/prefs.ts";
import { go, href, route } from "../state/route.ts";
import { briefTime, t } from "../text/index.ts";
import { Avatar } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

export function matches(view: ConversationView, query: string): boolean {
  const wanted = fold(query.trim());
  return [view.title, view.peer?.username ?? "", view.peer?.displayName ?? "", view.preview?.text ?? ""]
    .some((text) => fold(text).includes(wanted));
}

export function List() {
  const [query, setQuery] = useState("");
  const list = useRef<HTMLElement>(null);
  const all = conversations.value;
  const me = snapshot.value?.me;
  const found = query.trim() ? all.filter((view) => matches(view, query)) : all;

  // arrows go through the list, as they do through a mailbox
  function key(event: KeyboardEvent): void {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a.conversation") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to === undefined || links.length === 0) return;
    event.preventDefault();
    links[Math.max(0, Math.min(links.length - 1, to))]?.focus();
  }

  return (
    <>
      <header class="head">
        <a class="icon-button" href={href({ page: "settings" })} aria-label={t().settings}>
          {me ? <Avatar name={me.displayName || me.username} id={me.account} size="s" /> : <Icon name="user" />}
        </a>
        <div class="names"><h1>{t().chats}</h1></div>
        <a class="icon-button" href={href({ page: "new" })} aria-label={t().newChat}><Icon name="edit" /></a>
      </header>
      {all.length > 0 && (
        <div class="search" role="search">
          <div class="wrap">
            <Icon name="search" />
            <input class="input" type="search" value={query} placeholder={t().search} aria-label={t().searchChats} autoComplete="off"
              onInput={(event) => setQuery(event.currentTarget.value)} onKeyDown={key} />
          </div>
        </div>
      )}
      <Todos />
      {found.length > 0 ? (
        <nav class="conversations" aria-label={t().chats} ref={list} onKeyDown={key}>
          <ul>{found.map((view) => <li key={view.id}><Line view={view} /></li>)}</ul>
        </nav>
      ) : all.length > 0 ? (
        <div class="empty" role="status">
          <h2>{t().nothingFound}</h2>
          <p>{t().nothingFoundText(query.trim())}</p>
        </div>
      ) : (
        <div class="empty">
          <div class="mark"><Icon name="chats" /></div>
          <h2>{t().noChatsTitle}</h2>
          <p>{t().noChatsText}</p>
          <a class="button" href={href({ page: "new" })}><Icon name="plus" />{t().newChat}</a>
        </div>
      )}
    </>
  );
}

function Line({ view }: { view: ConversationView }) {
  const here = route.value;
  const current = "id" in here && here.id === view.id;
  return (
    <a class="conversation" href={href({ page: "chat", id: view.id })} aria-current={current ? "page" : undefined}
      data-kind={view.kind} data-unread={view.unread > 0 ? "" : undefined} data-testid="conversation">
      <span class="avatar-place">
        <Avatar name={view.title} id={view.peer?.account ?? view.id} />
        {view.kind === "private" && <span class="badge"><Icon name="lock" /></span>}
      </span>
      <span class="title">
        <span>{view.title}</span>
        {view.verified && !view.keyChanged && <Icon name="shield" small />}
        {view.kind === "private" && <span class="visually-hidden">, {t().privateChat}</span>}
        {view.verified && <span class="visually-hidden">, {t().verified}</span>}
      </span>
      <time dateTime={new Date(view.time).toISOString()}>{briefTime(view.time)}</time>
      <PreviewLine view={view} />
      {view.unread > 0 && <span class="count"><span aria-hidden="true">{view.unread > 99 ? "99+" : view.unread}</span>
        <span class="visually-hidden">{t().unread(view.unread)}</span></span>}
    </a>
  );
}

function PreviewLine({ view }: { view: ConversationView }) {
  if (view.blocked === "by_you") return <span class="preview"><Icon name="close" small /><span>{t().blockedTag}</span></span>;
  if (view.failed > 0) return <span class="preview bad"><Icon name="alert" small /><span>{t().failedSend}</span></span>;
  if (view.draft.trim()) return <span class="preview draft"><span><b>{t().draft}</b> {view.draft}</span></span>;
  if (view.private?.state === "offered") return <span class="preview"><span>{view.private.mine ? t().previewOffered : t().previewOffer}</span></span>;
  const preview = view.preview;
  const text = !preview ? t().previewEmpty
    : preview.kind === "undecryptable" ? t().previewUndecryptable
      : preview.kind === "other" ? t().previewOther : preview.text;
  return (
    <span class="preview">
      {view.queued > 0 && <Icon name="clock" small />}
      <span>{preview?.mine && preview.kind === "text" ? `${t().youPreview} ` : ""}{text}</span>
    </span>
  );
}

/** What the person should do some time: at most one of it is shown. */
function Todos() {
  const state = snapshot.value;
  if (!state || state.session !== "ready") return null;

  const asking = state.devices?.find((device) => device.state === "pending" && device.asksToLink);
  if (asking) {
    return (
      <section class="todo" aria-label={t().deviceAsks}>
        <Icon name="device" />
        <strong>{t().deviceAsks}</strong>
        <span class="quiet">{t().deviceAsksText(asking.name)}</span>
        <div class="row"><a class="button little" href={href({ page: "approve", id: asking.id })}>{t().review}</a></div>
      </section>
    );
  }
  if (state.me?.recovery === false && askRecovery.due()) {
    return (
      <Ask title={t().recoveryAskTitle} text={t().recoveryAskText} label={t().recoveryAskDo} later={() => askRecovery.putOff(3)} />
    );
  }
  if (state.me?.recovery === true && "recoveryCheck" in client() && askRecoveryCheck.due()) {
    return (
      <Ask title={t().recoveryCheckTitle} text={t().recoveryCheckText} label={t().recoveryCheckDo} later={() => askRecoveryCheck.putOff(7)} />
    );
  }
  return null;
}

function Ask({ title, text, label, later }: { title: string; text: string; label: string; later(): void }) {
  return (
    <section class="todo" aria-label={title}>
      <Icon name="key" />
      <strong>{title}</strong>
      <span class="quiet">{text}</span>
      <div class="row">
        <button type="button" class="button little" onClick={() => go({ page: "recovery" })}>{label}</button>
        <button type="button" class="button plain little" onClick={later}>{t().later}</button>
      </div>
    </section>
  );
}
