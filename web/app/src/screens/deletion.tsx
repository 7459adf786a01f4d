// The end of the account: what goes, what stays, and the way back while there is one.
import { useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { href } from "../state/route.ts";
import { fullDay, t } from "../text/index.ts";
import { useAction, type Action } from "../ui/action.ts";
import { Dialog, Fault, Field, Notice, toast } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";

export function Deletion() {
  const me = snapshot.value?.me;
  const [asking, setAsking] = useState(false);
  const action = useAction();
  if (!me) return null;

  return (
    <Page title={t().deletion} back={{ page: "settings" }}>
      {me.erasedAfter !== null ? (
        <>
          <Notice kind="warn" role="status">{t().deletionAsked(fullDay(me.erasedAfter))}</Notice>
          <Fault of={action} />
          <div class="row">
            <button type="button" class="button" disabled={action.busy} onClick={() => keep(action)}>{t().deletionKeep}</button>
            <a class="button second" href={href({ page: "export" })}><Icon name="download" />{t().serverExport}</a>
          </div>
        </>
      ) : <p>{t().deletionText}</p>}
      <section class="stack tight">
        <h2>{t().deletionGoes}</h2>
        <ul>{t().deletionGoesList.map((one) => <li key={one}>{one}</li>)}</ul>
      </section>
      <section class="stack tight">
        <h2>{t().deletionStays}</h2>
        <ul>{t().deletionStaysList.map((one) => <li key={one}>{one}</li>)}</ul>
      </section>
      {me.erasedAfter === null && (
        <>
          <Notice kind="warn">{t().deletionNow}</Notice>
          <div class="row">
            <button type="button" class="button danger" onClick={() => setAsking(true)}>{t().deletionDo}</button>
            <a class="button second" href={href({ page: "export" })}><Icon name="download" />{t().deletionExportFirst}</a>
          </div>
        </>
      )}
      {asking && <Ask username={me.username} onClose={() => setAsking(false)} />}
    </Page>
  );
}

async function keep(action: Action): Promise<void> {
  if (await action.run(() => client().life.deleteCancel())) toast(t().deletionKept);
}

/** Typed by hand, so that no stray click does it. */
function Ask({ username, onClose }: { username: string; onClose(): void }) {
  const [typed, setTyped] = useState("");
  const action = useAction();
  const right = typed.trim() === username;

  return (
    <Dialog title={t().deletionTitle} onClose={onClose}>
      <form class="stack" onSubmit={async (event) => {
        event.preventDefault();
        if (right && await action.run(() => client().life.deleteAsk())) onClose();
      }}>
        <p class="quiet">{t().deletionConfirm}</p>
        <Field label={t().deletionType(username)} name="confirm" value={typed} onInput={setTyped} required autoFocus maxLength={32} />
        <Fault of={action} />
        <div class="row end">
          <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
          <button class="button danger" disabled={!right || action.busy || action.wait > 0}>{action.busy ? t().busy : t().deletionDo}</button>
        </div>
      </form>
    </Dialog>
  );
}
