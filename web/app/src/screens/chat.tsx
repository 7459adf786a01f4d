// One conversation: who it is with, what was said, and where to write.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ConversationView, Timeline as Source } from "@ngx-chat/lib";
import { client, conversation } from "../state/client.ts";
import { go, onward } from "../state/route.ts";
import { sayError, t } from "../text/index.ts";
import { Timeline } from "../timeline/timeline.tsx";
import { useAction } from "../ui/action.ts";
import { Avatar, Confirm, Menu, Notice, toast, type MenuEntry } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { AskBlock } from "./affairs.ts";
import { Composer } from "./composer.tsx";

export function Chat({ id }: { id: string }) {
  const view = conversation(id);
  const [source, setSource] = useState<Source | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const known = view !== null;
  const readable = known && view.private?.here !== false;

  useEffect(() => {
    if (!readable) return;
    let over = false;
    let opened: Source | null = null;
    client().timeline(id).then(
      (timeline) => {
        if (over) timeline.close();
        else setSource((opened = timeline));
      },
      (error: unknown) => setFault(sayError(error)),
    );
    return () => {
      over = true;
      opened?.close();
      setSource(null);
    };
  }, [id, readable]);

  if (!view) return <Gone />;
  return <Open key={id} view={view} source={source} fault={fault} />;
}

function Gone() {
  return (
    <div class="empty">
      <p>{t().problem.not_found}</p>
      <button type="button" class="button second" onClick={() => go({ page: "list" }, { replace: true })}>{t().chats}</button>
    </div>
  );
}

type Asking = "close" | "reset" | "block" | null;

function Open({ view, source, fault }: { view: ConversationView; source: Source | null; fault: string | null }) {
  const composer = useRef<HTMLTextAreaElement | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const elsewhere = view.private !== null && !view.private.here;

  // on a phone the keyboard would cover what is to be read first
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) composer.current?.focus();
  }, [source]);

  const toMessages = () => place.current?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus();
  const leave = () => go({ page: "list" });

  return (
    <section class="chat" data-kind={view.kind} aria-label={t().conversationWith(view.title)} ref={place}>
      <Head view={view} ask={setAsking} leave={leave} />
      {fault ? <div class="empty"><Notice kind="bad" role="alert">{fault}</Notice></div>
        : elsewhere ? <div class="empty"><div class="mark"><Icon name="lock" /></div><p>{t().privateElsewhere}</p></div>
          : source ? <Timeline source={source} view={view} onEscape={() => composer.current?.focus()} />
            : <div class="empty"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      <Foot view={view} ask={setAsking}>
        <Composer view={view} focusRef={composer} onUp={toMessages} onEscape={leave} />
      </Foot>
      {asking === "close" && <Confirm title={t().closePrivate} text={t().closePrivateText} action={t().closePrivate} danger
        onYes={() => attempt(async () => { await client().closePrivate(view.id); setAsking(null); })} onNo={() => setAsking(null)} />}
      {asking === "reset" && <Confirm title={t().resetEncryption} text={t().resetEncryptionText} action={t().resetEncryption} danger
        onYes={() => attempt(async () => { await client().resetGroup(view.id); setAsking(null); })} onNo={() => setAsking(null)} />}
      {asking === "block" && view.peer && <AskBlock account={view.peer.account} name={view.title} onClose={() => setAsking(null)} />}
    </section>
  );
}

async function attempt(what: () => Promise<unknown>): Promise<void> {
  try {
    await what();
  } catch (error) {
    toast(sayError(error));
  }
}

async function unblock({ peer, title }: ConversationView): Promise<void> {
  if (!peer) return;
  await client().life.unblock(peer.account);
  toast(t().unblockDone(title));
}

function SubLine({ view }: { view: ConversationView }) {
  if (view.blocked === "by_you") return <span class="sub"><Icon name="close" small /><span>{t().blockedTag}</span></span>;
  if (view.keyChanged) return <span class="sub"><Icon name="alert" small /><span>{t().sub.keyChanged}</span></span>;
  if (view.kind === "private") return <span class="sub"><Icon name="lock" small /><span>{t().privateSub}</span></span>;
  if (view.verified) return <span class="sub"><Icon name="shield" small /><span>{t().sub.verified}</span></span>;
  return <span class="sub"><Icon name="lock" small /><span>{t().encrypted}</span></span>;
}

function Head({ view, ask, leave }: { view: ConversationView; ask(what: Asking): void; leave(): void }) {
  const safety = () => go({ page: "safety", id: view.id });
  const peer = view.peer;
  const entries: MenuEntry[] = [];

  if (peer && view.private?.here !== false) entries.push({ icon: "shield", label: t().safetyNumber, run: safety });
  if (peer && view.kind === "direct") {
    entries.push({
      icon: "lock", label: t().startPrivate,
      run: () => {
        const lead = onward();
        return attempt(async () => lead({ page: "chat", id: await client().offerPrivate(peer.account) }));
      },
    });
  }
  if (view.private?.here && view.private.state !== "closed") {
    entries.push({ icon: "close", label: view.private.state === "offered" ? t().withdraw : t().closePrivate, danger: true, run: () => ask("close") });
  }
  if (view.private?.state === "closed") {
    entries.push({
      icon: "trash", label: t().forgetPrivate, danger: true,
      run: () => {
        const lead = onward();
        return attempt(async () => { await client().forgetPrivate(view.id); lead({ page: "list" }); });
      },
    });
  }
  if (peer && view.kind !== "group" && view.blocked !== "closed") {
    entries.push(view.blocked === "by_you" ? { icon: "user", label: t().unblock, run: () => attempt(() => unblock(view)) }
      : { icon: "close", label: t().block, danger: true, run: () => ask("block") });
  }
  if (view.kind !== "private" && view.blocked !== "by_you") entries.push({ icon: "retry", label: t().resetEncryption, run: () => ask("reset") });

  return (
    <header class="head">
      <a class="icon-button only-phone" href="#/" aria-label={t().back} onClick={(event) => { event.preventDefault(); leave(); }}><Icon name="back" /></a>
      <Avatar name={view.title} id={view.peer?.account ?? view.id} size="s" />
      <div class="names">
        <h1>{view.title}</h1>
        <SubLine view={view} />
      </div>
      <Menu label={t().more} entries={entries} />
    </header>
  );
}

/** The composer, or why there is none. */
function Foot({ view, ask, children }: { view: ConversationView; ask(what: Asking): void; children: preact.ComponentChildren }) {
  const action = useAction();
  const name = view.title;
  const offer = view.private;

  if (view.blocked === "by_you") {
    return (
      <div class="foot-note">
        <Notice role="status" icon="close">{t().blockedNote(name)}
          <div class="row"><button type="button" class="button second little" disabled={action.busy} onClick={() => action.run(() => unblock(view))}>{t().unblock}</button></div>
          {action.fault && <p class="bad" role="alert">{action.fault}</p>}
        </Notice>
      </div>
    );
  }
  if (offer?.state === "offered" && !offer.mine) {
    return (
      <div class="offer">
        <strong>{t().offerTitle(name)}</strong>
        <p>{t().offerText}</p>
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        <div class="row">
          <button type="button" class="button second" disabled={action.busy} onClick={() => action.run(() => client().declinePrivate(view.id))}>{t().decline}</button>
          <button type="button" class="button private" disabled={action.busy || !offer.canAccept} onClick={() => action.run(() => client().acceptPrivate(view.id))}>{t().accept}</button>
        </div>
      </div>
    );
  }
  if (offer?.state === "offered") {
    return (
      <div class="offer">
        <strong>{t().blocked.private_waiting(name)}</strong>
        <p>{t().offeredText(name)}</p>
        <button type="button" class="button second" onClick={() => ask("close")}>{t().withdraw}</button>
      </div>
    );
  }
  switch (view.blocked) {
    case "closed": return <div class="closed-note">{t().blocked.closed}</div>;
    case "other_device": return null;
    // of the same form as all below: else the composer is another one in the next state, and what is typed is lost
    case "private_waiting": return <div class="foot-note"><div class="closed-note" role="status">{t().busy}</div>{children}</div>;
    case "key_changed":
      return (
        <div class="foot-note">
          <Notice kind="warn" role="alert">{t().blocked.key_changed(name)}
            <div class="row">
              <button type="button" class="button little" onClick={() => go({ page: "safety", id: view.id })}>{t().compareSafety}</button>
              <button type="button" class="button second little" disabled={action.busy}
                onClick={() => action.run(() => client().acknowledgeKeyChange(view.id))}>{t().sendAnyway}</button>
            </div>
          </Notice>
          {children}
        </div>
      );
    case "refused":
      return (
        <div class="foot-note">
          <Notice kind="bad" role="alert">{t().blocked.refused}
            <div class="row"><button type="button" class="button danger little" onClick={() => ask("reset")}>{t().resetEncryption}</button></div>
          </Notice>
          {children}
        </div>
      );
    case "no_devices":
      return <div class="foot-note"><Notice role="status" icon="clock">{t().blocked.no_devices(name)}</Notice>{children}</div>;
    case "not_joined":
      return <div class="foot-note"><Notice role="status" icon="clock">{t().blocked.not_joined}</Notice>{children}</div>;
  }
  return (
    <div class="foot-note">
      {view.missingDevices > 0 && <Notice icon="device">{t().missingDevices(name, view.missingDevices)}</Notice>}
      {children}
    </div>
  );
}
