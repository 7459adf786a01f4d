// Signing in, the step after the password: the account's second factor.
import { useState } from "preact/hooks";
import type { FactorName, Proof } from "@ngx-chat/lib";
import { passkeysHere, usePasskey } from "../state/passkey.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Notice } from "../ui/basics.tsx";
import { FactorField, useFactor } from "../ui/factor.tsx";
import { Icon } from "../ui/icons.tsx";
import { Card } from "./frame.tsx";

interface StepProps {
  factors: readonly FactorName[];
  /** with a code: beside the password; with a passkey: that alone */
  signIn(factor: Proof): Promise<void>;
  onBack(): void;
}

export function FactorStep({ factors, signIn, onBack }: StepProps) {
  const factor = useFactor(factors);
  const [tries, setTries] = useState(0);
  const action = useAction();
  const byPasskey = factors.includes("passkey");

  async function run(make: () => Promise<Proof>): Promise<void> {
    if (await action.run(async () => signIn(await make()))) return;
    factor.empty();
    setTries((n) => n + 1);
  }

  return (
    <Card title={t().factorTitle} text={factor.kind ? t().factorText : t().factorOnlyPasskey}>
      {byPasskey && (passkeysHere()
        ? (
          <button type="button" class={factor.kind ? "button second wide" : "button wide"} disabled={action.busy}
            onClick={() => run(async () => ({ passkey: await usePasskey("sign_in") }))}>
            <Icon name="key" />{t().passkeyUse}
          </button>
        ) : <Notice kind="warn">{t().passkeysUnsupported}</Notice>)}
      {byPasskey && factor.kind && <p class="divider"><span>{t().or}</span></p>}
      <form onSubmit={(event) => { event.preventDefault(); if (factor.proof) void run(async () => factor.proof!); }}>
        <FactorField key={tries} factor={factor} first />
        <Fault of={action} />
        {factor.kind && (
          <button class="button wide" disabled={!factor.proof || action.busy || action.wait > 0}>
            {action.busy ? t().busy : t().signIn}
          </button>
        )}
      </form>
      <p class="switch"><button type="button" class="link" onClick={onBack}>{t().back}</button></p>
    </Card>
  );
}
