// The address waits for its code; the link of the mail does the same elsewhere.
import { useEffect, useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Field, Notice, toast } from "../ui/basics.tsx";
import { Card, Gate } from "./frame.tsx";

const CODE_LENGTH = 8; // until the server said its own
const RESEND_AFTER = 30; // seconds before another mail is offered

export function Verify() {
  const waiting = snapshot.value?.verification;
  const length = snapshot.value?.server?.limits.code_length ?? CODE_LENGTH;
  const [code, setCode] = useState("");
  const [username, setUsername] = useState<string | null>(null);
  const [left, setLeft] = useState(RESEND_AFTER);
  const action = useAction();
  const resend = useAction();

  useEffect(() => {
    const timer = setInterval(() => setLeft((s) => Math.max(0, s - 1)), 1000);
    // who comes back from the mail's link finds the way open
    const look = () => void client().checkVerified().catch(() => undefined);
    addEventListener("focus", look);
    return () => {
      clearInterval(timer);
      removeEventListener("focus", look);
    };
  }, []);

  async function confirm(digits: string): Promise<void> {
    await action.run(async () => {
      try {
        await client().verify(digits, username || undefined);
      } catch (error) {
        if ((error as { code?: string }).code === "username_taken") setUsername("");
        throw error;
      }
    });
  }

  function typed(value: string): void {
    const digits = value.replace(/\D/g, "").slice(0, length);
    setCode(digits);
    if (digits.length === length && digits !== code && username === null) void confirm(digits);
  }

  return (
    <Gate>
      <Card title={t().verifyTitle} text={t().verifyText(waiting?.email ?? snapshot.value?.me?.email ?? "")}>
        <form onSubmit={(event) => { event.preventDefault(); if (code.length === length) void confirm(code); }}>
          <Field label={t().code} name="code" value={code} onInput={typed} code autoFocus required
            autoComplete="one-time-code" inputMode="numeric" />
          {username !== null && <Field label={t().otherUsername} name="username" value={username} onInput={setUsername} required
            hint={t().usernameHint} maxLength={32} />}
          {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
          <button class="button wide" disabled={action.busy || code.length !== length}>{action.busy ? t().busy : t().verify}</button>
        </form>
        {resend.fault && <Notice kind="bad" role="alert">{resend.fault}</Notice>}
        <div class="row between">
          <button type="button" class="link" disabled={left > 0 || resend.busy}
            onClick={async () => { if (await resend.run(() => client().resend())) { setLeft(RESEND_AFTER); toast(t().resent); } }}>
            {left > 0 ? `${t().resend} (${left})` : t().resend}
          </button>
          <button type="button" class="link" onClick={() => client().signOut({ wipe: true })}>{t().startOver}</button>
        </div>
      </Card>
    </Gate>
  );
}
