// Asks who holds the session to show it once more: the dialog, and what opens it.
import { useEffect, useState } from "preact/hooks";
import { problem, ProblemError, type FactorName, type Proof } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { passkeysHere, usePasskey } from "../state/passkey.ts";
import { factorsOf, type Asking } from "../state/proof.ts";
import { t } from "../text/index.ts";
import { useAction } from "./action.ts";
import { Dialog, Fault, Field } from "./basics.tsx";
import { FactorField, useFactor } from "./factor.tsx";
import { Icon } from "./icons.tsx";

export function ProofDialog({ asking }: { asking: Asking }) {
  const [factors, setFactors] = useState<readonly FactorName[]>(asking.factors.length > 0 ? asking.factors : ["password"]);
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState<{ at: "password" | "code"; tries: number }>({ at: "password", tries: 0 });
  const factor = useFactor(factors);
  const action = useAction();
  const byPasskey = factors.includes("passkey") && passkeysHere();
  const second = factors.includes("totp") || factors.includes("passkey");
  // with a second factor of which nothing can be typed the password is of no use
  const typed = !second || factor.kind !== null;

  // whoever goes elsewhere meanwhile doesn't want it any more
  useEffect(() => {
    const left = () => asking.cancel();
    addEventListener("hashchange", left);
    return () => removeEventListener("hashchange", left);
  }, [asking]);

  // and nothing is left to prove for a session that is over
  const session = snapshot.value?.session;
  const [begun] = useState(session);
  useEffect(() => {
    if (session !== begun) asking.cancel();
  }, [session]);

  let at: "password" | "code" = "password"; // where the focus goes after a refusal

  async function show(proof: Proof): Promise<void> {
    try {
      await client().security.prove(proof);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === "factor_required") setFactors(["password", ...factorsOf(error)]);
      if (error.code === "factor_wrong") factor.empty();
      at = error.code.startsWith("factor_") ? "code" : "password";
      throw error.code === "invalid_credentials" ? problem("wrong_password", "The password is wrong.") : error;
    }
  }

  async function run(make: () => Promise<Proof>): Promise<void> {
    if (await action.run(async () => show(await make()))) {
      setPassword("");
      factor.empty();
      asking.done();
    } else {
      setWrong(({ tries }) => ({ at, tries: tries + 1 }));
    }
  }

  const ready = password !== "" && (!second || factor.proof !== null);

  return (
    <Dialog title={t().proofTitle} onClose={() => asking.cancel()}>
      <div class="stack" data-testid="proof">
        <p class="quiet">{t().proofText}</p>
        {byPasskey && (
          <button type="button" class={typed ? "button second wide" : "button wide"} disabled={action.busy}
            onClick={() => run(async () => ({ passkey: await usePasskey("proof") }))}>
            <Icon name="key" />{t().passkeyUse}
          </button>
        )}
        {byPasskey && typed && <p class="divider"><span>{t().or}</span></p>}
        {typed && (
          <form class="stack" onSubmit={(event) => {
            event.preventDefault();
            if (ready) void run(async () => ({ password, ...factor.proof }));
          }}>
            <input class="visually-hidden" name="username" autoComplete="username" value={snapshot.value?.me?.username ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
            <Field key={`password-${wrong.tries}`} label={t().password} name="password" type="password" value={password} onInput={setPassword} required
              autoFocus={wrong.at === "password"} autoComplete="current-password" maxLength={1024} />
            {second && <FactorField key={`code-${wrong.tries}`} factor={factor} first={wrong.at === "code"} />}
            <Fault of={action} />
            <div class="row end">
              <button type="button" class="button second" onClick={() => asking.cancel()}>{t().cancel}</button>
              <button class="button" disabled={!ready || action.busy || action.wait > 0}>{action.busy ? t().busy : t().proofDo}</button>
            </div>
          </form>
        )}
        {!typed && (
          <>
            {!byPasskey && <p role="alert">{t().passkeysUnsupported}</p>}
            <Fault of={action} />
            <div class="row end"><button type="button" class="button second" onClick={() => asking.cancel()}>{t().cancel}</button></div>
          </>
        )}
      </div>
    </Dialog>
  );
}
