// Changing the password, by the one that is.
import { useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { onward } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Field, toast } from "../ui/basics.tsx";
import { Page } from "../ui/page.tsx";

const MIN = 15; // characters, until the server said its own

export function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [keep, setKeep] = useState(false);
  const [tried, setTried] = useState(false);
  const action = useAction();
  const min = snapshot.value?.server?.limits.password_min ?? MIN;

  const short = [...next].length < min;
  const same = next !== "" && next === current;
  const fault = !tried ? null : short ? t().passwordShort(min) : same ? t().passwordSame : null;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (current === "" || short || same) return;
    const lead = onward();
    if (!(await action.run(() => client().life.passwordChange(current, next, keep)))) return;
    setCurrent("");
    setNext("");
    toast(keep ? t().passwordChanged : t().passwordChangedOut);
    lead({ page: "settings" });
  }

  return (
    <Page title={t().passwordChange} back={{ page: "settings" }}>
      <form class="stack" onSubmit={submit}>
        <input class="visually-hidden" name="username" autoComplete="username" value={snapshot.value?.me?.username ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
        <Field label={t().currentPassword} name="current" type="password" value={current} onInput={setCurrent} required autoFocus
          autoComplete="current-password" maxLength={1024} fault={action.problem?.code === "wrong_password" ? action.fault : null} />
        <Field label={t().newPasswordOwn} name="password" type="password" value={next} onInput={setNext} required
          autoComplete="new-password" maxLength={1024} hint={t().passwordHint(min)} fault={fault} />
        <label class="check">
          <input type="checkbox" name="keep" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} aria-describedby="keep-hint" />
          <span>{t().keepSessions}<br /><span class="small quiet" id="keep-hint">{t().keepSessionsHint}</span></span>
        </label>
        <p class="small quiet">{t().passwordMailed}</p>
        {action.problem?.code !== "wrong_password" && <Fault of={action} />}
        <div class="row end">
          <button class="button" disabled={action.busy || action.wait > 0 || current === "" || next === ""}>
            {action.busy ? t().busy : t().passwordChange}
          </button>
        </div>
      </form>
    </Page>
  );
}
