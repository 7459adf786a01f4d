// Welcome, signing in, and signing in again: by password and second factor, or by a passkey.
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemError, type FactorName, type Proof } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { passkeysAutofill, passkeysHere, usePasskey } from "../state/passkey.ts";
import { factorsOf } from "../state/proof.ts";
import { href, route } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction, type Action } from "../ui/action.ts";
import { Confirm, Fault, Field, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { lazy } from "../ui/lazy.tsx";
import { Card, Gate } from "./frame.tsx";
import { Register } from "./register.tsx";

const FactorStep = lazy(async () => (await import("./factor.tsx")).FactorStep);
const Reset = lazy(async () => (await import("./reset.tsx")).Reset);

export function SignedOut() {
  const page = route.value.page;
  return (
    <Gate>
      {page === "register" ? <Register /> : page === "signin" ? <SignIn /> : page === "reset" ? <Reset /> : <Welcome />}
    </Gate>
  );
}

function Welcome() {
  const server = snapshot.value?.server;
  const open = server?.registration !== "closed";
  return (
    <Card title={t().welcomeTitle(server?.name ?? t().appName)} text={t().welcomeText}>
      {snapshot.value?.leaving && <div data-testid="leaving"><Notice kind="warn" role="status">{t().leaving}</Notice></div>}
      <ul class="promises">
        <li><Icon name="lock" />{t().promiseE2ee}</li>
        <li><Icon name="bolt" />{t().promiseOffline}</li>
        <li><Icon name="shield" />{t().promiseOpen}</li>
      </ul>
      <div class="stack tight">
        {open ? <a class="button wide" href={href({ page: "register" })}>{t().createAccount}</a>
          : <Notice>{t().registrationClosed}</Notice>}
        <a class={open ? "button second wide" : "button wide"} href={href({ page: "signin" })}>{t().signIn}</a>
        {server?.registration === "invite" && <p class="switch small">{t().invitationOnly}</p>}
      </div>
    </Card>
  );
}

const AGAIN = 240_000; // ms until another challenge: those of the server are good for five minutes

/** Signing in by a passkey: by its button, or where the name is typed, as the browser offers it. */
function usePasskeySignIn(action: Action, autofill: boolean): (() => void) | null {
  const offer = useRef<AbortController | null>(null);
  const [round, setRound] = useState(0);
  const here = passkeysHere();

  useEffect(() => {
    if (!autofill || !here) return;
    const stop = new AbortController();
    offer.current = stop;
    const timer = setTimeout(() => setRound((n) => n + 1), AGAIN);
    void (async () => {
      if (!(await passkeysAutofill()) || stop.signal.aborted) return;
      // what the browser refuses here nobody asked for; what the server refuses is said
      const passkey = await usePasskey("sign_in", { autofill: true, signal: stop.signal }).catch(() => null);
      if (passkey && !stop.signal.aborted) await action.run(() => client().signIn({ passkey }));
    })();
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [here, autofill, round]);

  if (!here) return null;
  return () => {
    offer.current?.abort(); // the browser asks for one passkey at a time
    void action.run(async () => client().signIn({ passkey: await usePasskey("sign_in") })).then((done) => { if (!done) setRound((n) => n + 1); });
  };
}

/** What signing in wants: the password first, then, if the server says so, a second factor. */
function useSignIn(login: string, password: string) {
  const [factors, setFactors] = useState<readonly FactorName[] | null>(null);
  const action = useAction();

  async function signIn(factor: Proof): Promise<void> {
    await client().signIn(factor.passkey ? factor : { login: login.trim(), password, ...factor });
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    await action.run(async () => {
      try {
        await signIn({});
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code !== "factor_required") throw error;
        setFactors(factorsOf(error));
      }
    });
  }

  const step = factors && <FactorStep factors={factors} signIn={signIn} onBack={() => setFactors(null)} />;
  return { action, submit, step };
}

function SignIn() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const { action, submit, step } = useSignIn(login, password);
  const byPasskey = usePasskeySignIn(action, step === null);
  if (step) return step;

  return (
    <Card title={t().signInTitle} text={t().signInText}>
      <form onSubmit={submit}>
        <Field label={t().login} name="login" value={login} onInput={setLogin} required autoFocus
          autoComplete={byPasskey ? "username webauthn" : "username"} maxLength={254} />
        <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required
          autoComplete="current-password" maxLength={1024} />
        <Fault of={action} />
        <button class="button wide" disabled={action.busy || action.wait > 0}>{action.busy ? t().busy : t().signIn}</button>
      </form>
      <PasskeyButton run={byPasskey} busy={action.busy} />
      <p class="switch"><a href={href({ page: "reset" })}>{t().forgot}</a></p>
      {snapshot.value?.server?.registration !== "closed"
        && <p class="switch">{t().noAccount} <a href={href({ page: "register" })}>{t().createAccount}</a></p>}
    </Card>
  );
}

function PasskeyButton({ run, busy }: { run: (() => void) | null; busy: boolean }) {
  if (!run) return null;
  return (
    <>
      <p class="divider"><span>{t().or}</span></p>
      <button type="button" class="button second wide" disabled={busy} onClick={run}><Icon name="key" />{t().passkeySignIn}</button>
    </>
  );
}

/** The token ended: the password brings it back, everything else is still here. */
export function SoftSignedOut() {
  const me = snapshot.value?.me;
  const [password, setPassword] = useState("");
  const [wiping, setWiping] = useState(false);
  const { action, submit, step } = useSignIn(me?.username ?? "", password);
  const byPasskey = usePasskeySignIn(action, false);
  if (route.value.page === "reset") return <Gate><Reset /></Gate>;
  if (step) return <Gate>{step}</Gate>;

  return (
    <Gate>
      <Card title={t().softTitle} text={t().softText}>
        <form onSubmit={submit}>
          <input class="visually-hidden" name="username" autoComplete="username" value={me?.username ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
          <p><strong>{me?.displayName || me?.username}</strong> <span class="quiet">@{me?.username}</span></p>
          <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required autoFocus
            autoComplete="current-password" maxLength={1024} />
          <Fault of={action} />
          <button class="button wide" disabled={action.busy || action.wait > 0}>{action.busy ? t().busy : t().signIn}</button>
        </form>
        <PasskeyButton run={byPasskey} busy={action.busy} />
        <p class="switch"><a href={href({ page: "reset" })}>{t().forgot}</a></p>
        <p class="switch"><button type="button" class="link" onClick={() => setWiping(true)}>{t().softWipe}</button></p>
      </Card>
      {wiping && <Confirm title={t().signOutWipe} text={t().signOutWipeConfirm} action={t().signOutWipeDo} danger
        onYes={async () => { await client().signOut({ wipe: true }); setWiping(false); }} onNo={() => setWiping(false)} />}
    </Gate>
  );
}
