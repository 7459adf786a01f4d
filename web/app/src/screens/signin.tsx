// Welcome, registering, signing in, and signing in again.
import { useState } from "preact/hooks";
import { client, snapshot, thisDevice } from "../state/client.ts";
import { go, href, route } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Confirm, Field, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Card, Gate } from "./frame.tsx";

const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;
const PASSWORD_MIN = 8; // until the server said its own bound

export function SignedOut() {
  const page = route.value.page;
  return <Gate>{page === "register" ? <Register /> : page === "signin" ? <SignIn /> : <Welcome />}</Gate>;
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
      </div>
    </Card>
  );
}

function Register() {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [tried, setTried] = useState(false);
  const action = useAction();
  const least = snapshot.value?.server?.limits.password_min ?? PASSWORD_MIN;
  const nameFault = tried && !USERNAME.test(username) ? t().usernameFault : null;
  const passwordFault = tried && [...password].length < least ? t().passwordShort(least) : null;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (!USERNAME.test(username) || [...password].length < least) return;
    if (await action.run(() => client().register({
      username, email: email.trim(), password, deviceName: thisDevice().deviceName,
      ...(displayName.trim() ? { displayName: displayName.trim() } : {}),
    }))) {
      go({ page: "list" }, { replace: true });
    }
  }

  return (
    <Card title={t().registerTitle} text={t().registerText}>
      <form onSubmit={submit}>
        <Field label={t().username} name="username" value={username} onInput={(v) => setUsername(v.toLowerCase())} required autoFocus
          autoComplete="username" maxLength={32} hint={t().usernameHint} fault={nameFault} />
        <Field label={t().displayName} name="name" value={displayName} onInput={setDisplayName} autoComplete="name"
          maxLength={64} hint={t().displayNameHint} />
        <Field label={t().email} name="email" type="email" inputMode="email" value={email} onInput={setEmail} required
          autoComplete="email" maxLength={254} hint={t().emailHint} />
        <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required
          autoComplete="new-password" maxLength={1024} hint={t().passwordHint(least)} fault={passwordFault} />
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        <button class="button wide" disabled={action.busy}>{action.busy ? t().busy : t().createAccount}</button>
      </form>
      <p class="switch">{t().haveAccount} <a href={href({ page: "signin" })}>{t().signIn}</a></p>
    </Card>
  );
}

function SignIn() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const action = useAction();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (await action.run(() => client().signIn({ login: login.trim(), password, deviceName: thisDevice().deviceName }))) {
      go({ page: "list" }, { replace: true });
    }
  }

  return (
    <Card title={t().signInTitle} text={t().signInText}>
      <form onSubmit={submit}>
        <Field label={t().login} name="login" value={login} onInput={setLogin} required autoFocus autoComplete="username" maxLength={254} />
        <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required
          autoComplete="current-password" maxLength={1024} />
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        <button class="button wide" disabled={action.busy}>{action.busy ? t().busy : t().signIn}</button>
      </form>
      {snapshot.value?.server?.registration !== "closed"
        && <p class="switch">{t().noAccount} <a href={href({ page: "register" })}>{t().createAccount}</a></p>}
    </Card>
  );
}

/** The token ended: the password brings it back, everything else is still here. */
export function SoftSignedOut() {
  const me = snapshot.value?.me;
  const [password, setPassword] = useState("");
  const [wiping, setWiping] = useState(false);
  const action = useAction();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    await action.run(() => client().signIn({ login: me?.username ?? "", password }));
  }

  return (
    <Gate>
      <Card title={t().softTitle} text={t().softText}>
        <form onSubmit={submit}>
          <input class="visually-hidden" name="username" autoComplete="username" value={me?.username ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
          <p><strong>{me?.displayName || me?.username}</strong> <span class="quiet">@{me?.username}</span></p>
          <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required autoFocus
            autoComplete="current-password" maxLength={1024} />
          {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
          <button class="button wide" disabled={action.busy}>{action.busy ? t().busy : t().signIn}</button>
        </form>
        <p class="switch"><button type="button" class="link" onClick={() => setWiping(true)}>{t().softWipe}</button></p>
      </Card>
      {wiping && <Confirm title={t().signOutWipe} text={t().signOutWipeConfirm} action={t().signOutWipeDo} danger
        onYes={async () => { await client().signOut({ wipe: true }); setWiping(false); }} onNo={() => setWiping(false)} />}
    </Gate>
  );
}
