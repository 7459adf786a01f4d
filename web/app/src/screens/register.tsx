// Making an account; where the server wants one, with an invitation.
import { useState } from "preact/hooks";
import { client, snapshot, thisDevice } from "../state/client.ts";
import { href, onward } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Field } from "../ui/basics.tsx";
import { Card } from "./frame.tsx";

const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;
const INVITATION = /ngxi_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/;
const PASSWORD_MIN = 8; // until the server said its own bound

/** How short a password may be. */
export function passwordMin(): number {
  return snapshot.value?.server?.limits.password_min ?? PASSWORD_MIN;
}

export function Register() {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [invited, setInvited] = useState("");
  const [tried, setTried] = useState(false);
  const action = useAction();
  const least = passwordMin();
  const byInvitation = snapshot.value?.server?.registration === "invite";
  // what is pasted may have words around it
  const invitation = INVITATION.exec(invited)?.[0];
  const wrong = {
    username: !USERNAME.test(username),
    password: [...password].length < least,
    invitation: byInvitation && !invitation,
  };

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (wrong.username || wrong.password || wrong.invitation) return;
    const lead = onward();
    if (await action.run(() => client().register({
      username, email: email.trim(), password, deviceName: thisDevice().deviceName,
      ...(displayName.trim() ? { displayName: displayName.trim() } : {}),
      ...(byInvitation && invitation ? { invitation } : {}),
    }))) {
      lead({ page: "list" }, { replace: true });
    }
  }

  return (
    <Card title={t().registerTitle} text={t().registerText}>
      <form onSubmit={submit}>
        {byInvitation && <Field label={t().invitation} name="invitation" value={invited} onInput={setInvited} required autoFocus
          hint={t().invitationHint} fault={tried && wrong.invitation ? t().invitationFault : null} />}
        <Field label={t().username} name="username" value={username} onInput={(v) => setUsername(v.toLowerCase())} required autoFocus={!byInvitation}
          autoComplete="username" maxLength={32} hint={t().usernameHint} fault={tried && wrong.username ? t().usernameFault : null} />
        <Field label={t().displayName} name="name" value={displayName} onInput={setDisplayName} autoComplete="name"
          maxLength={64} hint={t().displayNameHint} />
        <Field label={t().email} name="email" type="email" inputMode="email" value={email} onInput={setEmail} required
          autoComplete="email" maxLength={254} hint={t().emailHint} />
        <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required
          autoComplete="new-password" maxLength={1024} hint={t().passwordHint(least)} fault={tried && wrong.password ? t().passwordShort(least) : null} />
        <Fault of={action} />
        <button class="button wide" disabled={action.busy || action.wait > 0}>{action.busy ? t().busy : t().createAccount}</button>
      </form>
      <p class="switch">{t().haveAccount} <a href={href({ page: "signin" })}>{t().signIn}</a></p>
    </Card>
  );
}
