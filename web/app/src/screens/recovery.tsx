// The recovery key: shown once, checked at once, asked for again later.
import { useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { askRecoveryCheck } from "../state/prefs.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Confirm, Field, Notice, copy, toast } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";

const CHECK_AFTER = 30; // days until the key is asked for again

export function Recovery() {
  const has = snapshot.value?.me?.recovery === true;
  const [key, setKey] = useState<string | null>(null);
  const [step, setStep] = useState<"show" | "check" | "done">("show");
  const [again, setAgain] = useState(false);
  const make = useAction();

  const begin = () => make.run(async () => { setKey(await client().recoveryMake()); setStep("show"); });

  return (
    <Page title={t().recoveryTitle} back={{ page: "settings" }}>
      <p class="quiet">{t().recoveryAskText}</p>
      {make.fault && <Notice kind="bad" role="alert">{make.fault}</Notice>}
      {step === "done" ? <Notice kind="good" icon="check" role="status">{t().recoveryDone}</Notice>
        : key && step === "show" ? <Show text={key} next={() => setStep("check")} />
          : key ? <Check text={key} back={() => setStep("show")} done={() => { setStep("done"); setKey(null); askRecoveryCheck.putOff(CHECK_AFTER); }} />
            : has ? (
              <>
                <Notice kind="good" icon="check">{t().recoveryIsSet}</Notice>
                <Still />
                <div class="row"><button type="button" class="button second" onClick={() => setAgain(true)}>{t().recoveryMakeNew}</button></div>
              </>
            ) : (
              <>
                <Notice kind="warn">{t().recoveryNotSet}</Notice>
                <div class="row"><button type="button" class="button" disabled={make.busy} onClick={begin}>{make.busy ? t().busy : t().recoveryMake}</button></div>
              </>
            )}
      {again && <Confirm title={t().recoveryMakeNew} text={t().recoveryMakeNewText} action={t().recoveryMakeNew}
        onNo={() => setAgain(false)} onYes={async () => { setAgain(false); await begin(); }} />}
    </Page>
  );
}

function groups(text: string): string[] {
  return text.trim().split(/[\s-]+/);
}

function Show({ text, next }: { text: string; next(): void }) {
  const me = snapshot.value?.me;
  const title = t().recoveryFile(me?.username ?? "");

  function download(): void {
    const url = URL.createObjectURL(new Blob([`${title}\n\n${text}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${me?.username ?? "ngx_chat"}-recovery-key.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  return (
    <section class="card">
      <Notice kind="warn" icon="key">{t().recoveryMakeText}</Notice>
      <div class="print">
        <h2>{title}</h2>
        <div class="recovery-key" data-testid="recovery-key">{groups(text).map((group, i) => <span key={i}>{group}</span>)}</div>
      </div>
      <div class="row">
        <button type="button" class="button second little" onClick={() => copy(text)}><Icon name="copy" small />{t().copy}</button>
        <button type="button" class="button second little" onClick={download}><Icon name="download" small />{t().recoveryDownload}</button>
        <button type="button" class="button second little" onClick={() => print()}>{t().recoveryPrint}</button>
      </div>
      <button type="button" class="button wide" onClick={next}>{t().recoverySaved}</button>
    </section>
  );
}

function Check({ text, back, done }: { text: string; back(): void; done(): void }) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const action = useAction();
  const last = groups(text).at(-1)!;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (typed.trim().toUpperCase() !== last.toUpperCase()) {
      setWrong(true);
      return;
    }
    if (await action.run(() => client().recoveryConfirm(text))) done();
  }

  return (
    <section class="card">
      <header><h2>{t().recoveryConfirmTitle}</h2><p>{t().recoveryConfirmText}</p></header>
      <form onSubmit={submit}>
        <Field label={t().recoveryLastGroup} name="group" value={typed} onInput={(v) => { setTyped(v); setWrong(false); }} autoFocus required
          fault={wrong ? t().recoveryConfirmWrong : action.fault} />
        <div class="row end">
          <button type="button" class="button second" onClick={back}>{t().back}</button>
          <button class="button" disabled={action.busy}>{action.busy ? t().busy : t().done}</button>
        </div>
      </form>
    </section>
  );
}

/** Asked again later: does the person still have it? */
function Still() {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const action = useAction();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    await action.run(async () => {
      const right = await client().recoveryCheck(typed);
      setWrong(!right);
      if (right) {
        setTyped("");
        askRecoveryCheck.putOff(CHECK_AFTER * 3);
        toast(t().recoveryCheckRight);
      }
    });
  }

  return (
    <form class="stack" onSubmit={submit}>
      <Field label={t().recoveryCheckTitle} name="key" value={typed} onInput={(v) => { setTyped(v); setWrong(false); }}
        hint={t().recoveryCheckText} fault={wrong ? t().recoveryCheckWrong : action.fault} />
      <div class="row"><button class="button second" disabled={action.busy || typed.trim() === ""}>{t().recoveryCheckDo}</button></div>
    </form>
  );
}
