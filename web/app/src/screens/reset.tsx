// A password that is forgotten: a mail with a code and a link, and a new password.
import { useEffect, useState } from "preact/hooks";
import { problem, type PasswordReset } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { go, href } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Field, toast } from "../ui/basics.tsx";
import { Card } from "./frame.tsx";
import { passwordMin } from "./register.tsx";

const CODE_LENGTH = 8; // until the server said its own
const RESEND_AFTER = 30; // seconds before another mail is offered
const LINK = /#reset\.([0-9a-f-]{36})\.(ngxv_[A-Za-z0-9_-]{43})$/i;

interface Asked {
  email: string;
  reset: PasswordReset;
}

export function Reset() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [done, setDone] = useState(false);
  if (done) return <Done />;
  return asked
    ? <Confirmation asked={asked} onAgain={(reset) => setAsked({ ...asked, reset })} onOther={() => setAsked(null)} onDone={() => setDone(true)} />
    : <Address onAsked={setAsked} />;
}

/** Where signing in is: the screen of who was signed in here has no page of its own. */
function toSignIn(): void {
  go({ page: snapshot.value?.session === "soft_signed_out" ? "list" : "signin" }, { replace: true });
}

function Back() {
  return <p class="switch"><a href={href({ page: "signin" })} onClick={(event) => { event.preventDefault(); toSignIn(); }}>{t().back}</a></p>;
}

function Address({ onAsked }: { onAsked(asked: Asked): void }) {
  const [email, setEmail] = useState(snapshot.value?.me?.email ?? "");
  const action = useAction();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const to = email.trim();
    await action.run(async () => onAsked({ email: to, reset: await client().security.resetAsk(to) }));
  }

  return (
    <Card title={t().resetTitle} text={t().resetText}>
      <form onSubmit={submit}>
        <Field label={t().email} name="email" type="email" inputMode="email" value={email} onInput={setEmail} required autoFocus
          autoComplete="email" maxLength={254} />
        <Fault of={action} />
        <button class="button wide" disabled={action.busy || action.wait > 0}>{action.busy ? t().busy : t().resetSend}</button>
      </form>
      <Back />
    </Card>
  );
}

function Confirmation({ asked, onAgain, onOther, onDone }: {
  asked: Asked; onAgain(reset: PasswordReset): void; onOther(): void; onDone(): void;
}) {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState(RESEND_AFTER);
  const action = useAction();
  const resend = useAction();
  const least = passwordMin();
  const short = [...password].length < least;

  useEffect(() => {
    const timer = setInterval(() => setLeft((s) => Math.max(0, s - 1)), 1000);
    return () => clearInterval(timer);
  }, []);

  async function confirm(): Promise<void> {
    const text = code.trim();
    const link = LINK.exec(text);
    if (!link && /[a-z]/i.test(text)) throw problem("reset_link", "The link isn't one of a reset.");
    await client().security.resetConfirm(
      link ? link[1]! : asked.reset.id, link ? { link: link[2]! } : { code: text.replace(/\D/g, "") }, password);
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (short) return;
    if (await action.run(confirm)) {
      setPassword("");
      onDone();
    }
  }

  return (
    <Card title={t().resetCodeTitle} text={t().resetCodeText(asked.email)}>
      <form onSubmit={submit}>
        <input class="visually-hidden" name="username" autoComplete="username" value={asked.email} readOnly tabIndex={-1} aria-hidden="true" />
        <Field label={t().resetCode} name="code" value={code} onInput={setCode} required autoFocus autoComplete="one-time-code" maxLength={512}
          hint={t().codeFault(snapshot.value?.server?.limits.code_length ?? CODE_LENGTH)} />
        <Field label={t().newPassword} name="password" type="password" value={password} onInput={setPassword} required autoComplete="new-password"
          maxLength={1024} hint={t().passwordHint(least)} fault={tried && short ? t().passwordShort(least) : null} />
        <p class="small quiet">{t().resetKeeps}</p>
        <Fault of={action} />
        <button class="button wide" disabled={action.busy || action.wait > 0}>{action.busy ? t().busy : t().resetDo}</button>
      </form>
      <Fault of={resend} />
      <div class="row between">
        <button type="button" class="link" disabled={left > 0 || resend.busy || resend.wait > 0} onClick={async () => {
          if (await resend.run(async () => onAgain(await client().security.resetAsk(asked.email, asked.reset)))) {
            setLeft(RESEND_AFTER);
            toast(t().resent);
          }
        }}>{left > 0 ? `${t().resend} (${left})` : t().resend}</button>
        <button type="button" class="link" onClick={onOther}>{t().resetOther}</button>
      </div>
      <Back />
    </Card>
  );
}

function Done() {
  return (
    <Card title={t().resetDoneTitle} text={t().resetDoneText}>
      <button type="button" class="button wide" onClick={toSignIn} ref={(button) => button?.focus()}>{t().signIn}</button>
    </Card>
  );
}
