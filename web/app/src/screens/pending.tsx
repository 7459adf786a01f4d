// A new device: another one approves it, or the recovery key does.
import { useEffect, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { client, snapshot } from "../state/client.ts";
import { t, sayError, sayProblem } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Confirm, Field, Notice, copy } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Qr } from "../ui/qr.tsx";
import { Card, Gate } from "./frame.tsx";

// While the client tries a key, other screens come in between: what was chosen,
// typed and answered is kept here, so that a wrong key is said where it was typed.
const way = signal<"device" | "key" | "reset">("device");
const typedKey = signal("");
const refusal = signal<string | null>(null);

function choose(to: typeof way.value): void {
  way.value = to;
  refusal.value = null;
}

async function attempt(what: () => Promise<unknown>): Promise<void> {
  refusal.value = null;
  try {
    await what();
    choose("device");
    typedKey.value = "";
  } catch (error) {
    refusal.value = sayError(error);
  }
}

const onTheWay = new Set(["pending", "preparing", "recovering"]);

export function Pending() {
  // who is in, or out again, begins anew the next time
  useEffect(() => () => void setTimeout(() => {
    if (!onTheWay.has(snapshot.peek()?.session ?? "")) {
      choose("device");
      typedKey.value = "";
    }
  }), []);
  return (
    <Gate>
      {way.value === "device" ? <ByDevice other={() => choose("key")} />
        : way.value === "key" ? <ByKey back={() => choose("device")} lost={() => choose("reset")} />
          : <Reset back={() => choose("key")} />}
    </Gate>
  );
}

function ByDevice({ other }: { other(): void }) {
  const link = snapshot.value?.link ?? null;
  const action = useAction();

  useEffect(() => {
    if (!client().snapshot().link) void action.run(() => client().linkStart());
  }, []);

  if (link && link.sas && (link.state === "compare" || link.state === "waiting")) {
    return <Compare sas={link.sas} waiting={link.state === "waiting"} />;
  }

  const ended = link?.state === "failed" || (!link && action.fault !== null);

  return (
    <Card title={t().pendingTitle} text={t().pendingText}>
      <div class="center">
        {link && !ended && link.state !== "waiting" && (
          <>
            <Qr data={link.qr} label={t().pendingQr} />
            <button type="button" class="button plain little" onClick={() => copy(link.qr)}><Icon name="copy" small />{t().pendingCopy}</button>
            <p class="quiet small">{t().pendingNoCamera}</p>
          </>
        )}
        {!link && !ended && <div class="spinner" role="status" aria-label={t().loading} />}
        {link?.state === "waiting" && <p role="status">{t().compareWait}</p>}
        {ended && (
          <>
            <Notice kind="bad" role="alert">{link?.problem ? sayProblem(link.problem) : action.fault ?? t().linkFailed}</Notice>
            <button type="button" class="button" onClick={() => action.run(() => client().linkStart())}>{t().linkAgain}</button>
          </>
        )}
      </div>
      <Foot>
        <button type="button" class="link" onClick={other}>{t().useRecoveryKey}</button>
      </Foot>
    </Card>
  );
}

/** Six digits, the same on both screens. */
export function Compare({ sas, waiting }: { sas: string; waiting: boolean }) {
  const action = useAction();
  return (
    <Card title={t().compareTitle} text={t().compareText}>
      <div class="sas"><output data-testid="sas">{sas}</output></div>
      {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
      {waiting ? <p class="center" role="status"><span class="spinner" />{t().compareWait}</p> : (
        <div class="stack tight">
          <button type="button" class="button wide" disabled={action.busy} onClick={() => action.run(() => client().linkConfirm())}>{t().compareYes}</button>
          <button type="button" class="button danger wide" disabled={action.busy}
            onClick={() => action.run(async () => { await client().linkCancel(); await client().linkStart(); })}>{t().compareNo}</button>
        </div>
      )}
    </Card>
  );
}

function Foot({ children }: { children: preact.ComponentChildren }) {
  return (
    <div class="row between">
      {children}
      <button type="button" class="link" onClick={() => client().signOut({ wipe: true })}>{t().signOut}</button>
    </div>
  );
}

function ByKey({ back, lost }: { back(): void; lost(): void }) {
  const text = typedKey.value;
  const action = useAction();
  return (
    <Card title={t().recoveryEnterTitle} text={t().recoveryEnterText}>
      <form onSubmit={(event) => { event.preventDefault(); void action.run(() => attempt(() => client().recoveryUse(text))); }}>
        <div class="field">
          <label for="recovery">{t().recoveryKey}</label>
          <textarea id="recovery" class="input mono" rows={3} value={text} autoCapitalize="characters" autoComplete="off" spellcheck={false}
            aria-invalid={refusal.value ? "true" : undefined} aria-describedby={refusal.value ? "recovery-fault" : undefined}
            onInput={(event) => { refusal.value = null; typedKey.value = event.currentTarget.value; }} ref={(box) => { if (box && !text) box.focus(); }} />
          {refusal.value && <p class="fault" id="recovery-fault" role="alert">{refusal.value}</p>}
        </div>
        <button class="button wide" disabled={action.busy || text.trim() === ""}>{action.busy ? t().busy : t().recoveryUse}</button>
      </form>
      <div class="row between">
        <button type="button" class="link" onClick={back}>{t().back}</button>
        <button type="button" class="link" onClick={lost}>{t().lostAll}</button>
      </div>
    </Card>
  );
}

function Reset({ back }: { back(): void }) {
  const [password, setPassword] = useState("");
  const [asked, setAsked] = useState(false);
  const action = useAction();
  return (
    <Card title={t().lostAllTitle}>
      <Notice kind="warn">{t().lostAllText}</Notice>
      <form onSubmit={(event) => { event.preventDefault(); setAsked(true); }}>
        <Field label={t().password} name="password" type="password" value={password} onInput={setPassword} required
          autoComplete="current-password" maxLength={1024} fault={refusal.value} />
        <button class="button danger wide" disabled={action.busy || password === ""}>{action.busy ? t().busy : t().lostAllDo}</button>
      </form>
      <button type="button" class="link" onClick={back}>{t().back}</button>
      {asked && <Confirm title={t().lostAllDo} text={t().lostAllText} action={t().lostAllDo} danger onNo={() => setAsked(false)}
        onYes={async () => { setAsked(false); await action.run(() => attempt(() => client().resetAccountKey(password))); }} />}
    </Card>
  );
}
