// Another address: asked for, confirmed by what came to it, with the way back said.
import { useEffect, useState } from "preact/hooks";
import type { EmailChange } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { go } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Field, Notice } from "../ui/basics.tsx";
import { Page } from "../ui/page.tsx";

const CODE_LENGTH = 8; // until the server said its own
const AGAIN_AFTER = 30; // seconds before another mail is offered

export function Email() {
  const [before] = useState(() => snapshot.value?.me?.email ?? "");
  const [change, setChange] = useState<EmailChange | null>(null);
  const now = snapshot.value?.me?.email ?? before;

  // the mail's link may have done it elsewhere
  useEffect(() => {
    const look = () => void client().life.look().catch(() => undefined);
    look();
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, []);

  return (
    <Page title={t().emailChange} back={{ page: "settings" }}>
      {change && now === change.email ? <Done email={now} />
        : change ? <Confirm change={change} onChange={setChange} />
          : <Ask now={now} onAsked={setChange} />}
    </Page>
  );
}

function Ask({ now, onAsked }: { now: string; onAsked(change: EmailChange): void }) {
  const [email, setEmail] = useState("");
  const action = useAction();
  const same = email.trim().toLowerCase() === now.toLowerCase();

  return (
    <form class="stack" onSubmit={async (event) => {
      event.preventDefault();
      if (same || email.trim() === "") return;
      await action.run(async () => onAsked(await client().life.emailAsk(email.trim())));
    }}>
      <p>{t().emailNow(now)}</p>
      <Field label={t().emailNew} name="email" type="email" value={email} onInput={setEmail} required autoFocus autoComplete="email"
        inputMode="email" maxLength={254} hint={t().emailText} fault={same && email !== "" ? t().emailSame : null} />
      <Notice icon="shield">{t().emailBack}</Notice>
      <Fault of={action} />
      <div class="row end">
        <button class="button" disabled={action.busy || action.wait > 0 || email.trim() === "" || same}>{action.busy ? t().busy : t().emailSend}</button>
      </div>
    </form>
  );
}

function Confirm({ change, onChange }: { change: EmailChange; onChange(change: EmailChange | null): void }) {
  const [code, setCode] = useState("");
  const [left, setLeft] = useState(AGAIN_AFTER);
  const action = useAction();
  const again = useAction();
  const length = snapshot.value?.server?.limits.code_length ?? CODE_LENGTH;

  useEffect(() => {
    const timer = setInterval(() => setLeft((s) => Math.max(0, s - 1)), 1000);
    return () => clearInterval(timer);
  }, []);

  return (
    <form class="stack" onSubmit={(event) => {
      event.preventDefault();
      if (code.length === length) void action.run(() => client().life.emailConfirm(change, code));
    }}>
      <p>{t().emailCodeText(change.email)}</p>
      <p class="small quiet">{t().emailTaken}</p>
      <Field label={t().code} name="code" value={code} onInput={(text) => setCode(text.replace(/\D/g, "").slice(0, length))} code required autoFocus
        autoComplete="one-time-code" inputMode="numeric" />
      <Fault of={action} />
      <Fault of={again} />
      <div class="row between">
        <div class="row">
          <button type="button" class="button second little" onClick={() => onChange(null)}>{t().emailOther}</button>
          <button type="button" class="button second little" disabled={left > 0 || again.busy || again.wait > 0}
            onClick={() => again.run(async () => { onChange(await client().life.emailAsk(change.email, change)); setLeft(AGAIN_AFTER); })}>
            {t().emailAgain}{left > 0 && <span aria-hidden="true"> ({left} s)</span>}
          </button>
        </div>
        <button class="button" disabled={action.busy || action.wait > 0 || code.length !== length}>{action.busy ? t().busy : t().emailConfirm}</button>
      </div>
    </form>
  );
}

function Done({ email }: { email: string }) {
  return (
    <div class="stack" role="status">
      <h2>{t().emailDoneTitle}</h2>
      <p>{t().emailDone(email)}</p>
      <Notice icon="shield">{t().emailBack}</Notice>
      <div class="row"><button type="button" class="button" onClick={() => go({ page: "settings" })}>{t().done}</button></div>
    </div>
  );
}
