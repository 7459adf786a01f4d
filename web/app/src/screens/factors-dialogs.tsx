// The dialogs of second factors. Secrets are kept in their state alone, and go with them.
import { useEffect, useState } from "preact/hooks";
import { problem, ProblemError, type NewTotp, type PasskeyView } from "@ngx-chat/lib";
import { client, snapshot, thisDevice } from "../state/client.ts";
import { makePasskey } from "../state/passkey.ts";
import { chosen, withProof } from "../state/proof.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { copy, Dialog, Fault, Field, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Qr } from "../ui/qr.tsx";

const CODE = 6; // digits, as the server and every app have it
const NAME_MAX = 64;
const FETCHED = 10_000; // ms until a browser has surely read what it downloads

interface Change {
  /** backup codes that came with it, to be shown once */
  onDone(codes: readonly string[] | null): void;
  onClose(): void;
}

/** A secret as a QR code and as text, and a code of it as the proof that the app has it. */
export function SetUpTotp({ onDone, onClose }: Change) {
  const [made, setMade] = useState<NewTotp | null>(null);
  const [code, setCode] = useState("");
  const [tries, setTries] = useState(0);
  const [late, setLate] = useState(false);
  const make = useAction();
  const confirm = useAction();

  async function begin(): Promise<void> {
    setMade(null);
    setLate(false);
    confirm.clear();
    await make.run(async () => {
      try {
        setMade(await withProof(() => client().security.totpMake()));
      } catch (error) {
        if (!chosen(error)) throw error;
        onClose(); // without the proof there is nothing to show
      }
    });
  }

  useEffect(() => { void begin(); }, []);

  useEffect(() => {
    if (!made) return;
    const timer = setTimeout(() => setLate(true), Math.max(0, made.expires - Date.now()));
    return () => clearTimeout(timer);
  }, [made]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    let codes: readonly string[] | null = null;
    if (await confirm.run(async () => {
      try {
        codes = await client().security.totpConfirm(code);
      } catch (error) {
        // the code of an app, not of a mail
        if (error instanceof ProblemError && error.code === "invalid_code") throw problem("totp_wrong", "The code is wrong.");
        throw error;
      }
    })) return onDone(codes);
    setCode("");
    setTries((n) => n + 1);
  }

  const over = late || confirm.problem?.code === "verification_expired";

  return (
    <Dialog title={t().totpTitle} onClose={onClose}>
      {!made && !make.fault && <div class="center pad"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      <Fault of={make} />
      {(make.fault || over) && (
        <div class="stack">
          {over && <Notice kind="warn" role="alert">{t().totpExpired}</Notice>}
          <div class="row end">
            <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
            <button type="button" class="button" disabled={make.busy || make.wait > 0} onClick={begin}>{t().retry}</button>
          </div>
        </div>
      )}
      {made && !over && (
        <form class="stack" onSubmit={submit}>
          <p>{t().totpScan}</p>
          <div class="center"><Qr data={made.uri} label={t().totpQr} /></div>
          <div class="stack tight">
            <p class="small quiet">{t().totpManual}</p>
            <div class="row">
              <code class="hash grow" aria-label={t().totpKey} data-testid="totp-secret">
                {(made.secret.match(/.{1,4}/g) ?? []).map((part, i) => <>{i > 0 && " "}<span key={i} class="nowrap">{part}</span></>)}
              </code>
              <button type="button" class="icon-button" aria-label={`${t().copy}: ${t().totpKey}`} onClick={() => copy(made.secret)}><Icon name="copy" /></button>
            </div>
          </div>
          <Field key={tries} label={t().totpCode} name="totp" value={code} onInput={(text) => setCode(text.replace(/\D/g, "").slice(0, CODE))} code required
            autoFocus={tries > 0} autoComplete="one-time-code" inputMode="numeric" />
          <Fault of={confirm} />
          <div class="row end">
            <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
            <button class="button" disabled={code.length !== CODE || confirm.busy || confirm.wait > 0}>{confirm.busy ? t().busy : t().totpConfirm}</button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** Backup codes, once: to be downloaded, copied or written down. */
export function BackupCodes({ codes, onClose }: { codes: readonly string[]; onClose(): void }) {
  const [saved, setSaved] = useState(false);
  const title = t().backupFile(snapshot.value?.server?.name ?? t().appName, snapshot.value?.me?.username ?? "");

  function download(): void {
    const url = URL.createObjectURL(new Blob([`${title}\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "backup-codes.txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), FETCHED);
  }

  return (
    // only its button closes it: what is gone is gone
    <Dialog title={t().backupTitle} onClose={() => undefined}>
      <div class="stack">
        <p class="quiet">{t().backupShown}</p>
        <ol class="backup-codes" data-testid="backup-codes" aria-label={t().backupCodes}>
          {codes.map((code) => <li key={code}><code>{code}</code></li>)}
        </ol>
        <div class="row">
          <button type="button" class="button second" onClick={download}><Icon name="download" />{t().backupDownload}</button>
          <button type="button" class="button second" onClick={() => copy(codes.join("\n"))}><Icon name="copy" />{t().backupCopy}</button>
        </div>
        <label class="check"><input type="checkbox" checked={saved} onChange={(event) => setSaved(event.currentTarget.checked)} />{t().backupSaved}</label>
        <div class="row end"><button type="button" class="button" disabled={!saved} onClick={onClose}>{t().done}</button></div>
      </div>
    </Dialog>
  );
}

/** A name, then the browser's own dialog. */
export function AddPasskey({ onDone, onClose }: Change) {
  const [name, setName] = useState(thisDevice().deviceName);
  const action = useAction();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    let codes: readonly string[] | null = null;
    if (await action.run(async () => {
      const { security } = client();
      const made = await makePasskey(await security.passkeyOptions());
      codes = await security.passkeyAdd({ ...made, name: name.trim() });
    })) onDone(codes);
  }

  return (
    <Dialog title={t().passkeyAddTitle} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p class="quiet">{t().passkeyAddText}</p>
        <Field label={t().passkeyName} name="passkey" value={name} onInput={setName} maxLength={NAME_MAX} required autoFocus hint={t().passkeyNameHint} />
        <Fault of={action} />
        <div class="row end">
          <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
          <button class="button" disabled={action.busy || action.wait > 0 || name.trim() === ""}>{action.busy ? t().busy : t().next}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function RenamePasskey({ passkey, onDone, onClose }: { passkey: PasskeyView; onDone(): void; onClose(): void }) {
  const [name, setName] = useState(passkey.name);
  const action = useAction();
  return (
    <Dialog title={t().rename} onClose={onClose}>
      <form class="stack" onSubmit={async (event) => {
        event.preventDefault();
        if (await action.run(() => client().security.passkeyRename(passkey.id, name.trim()))) onDone();
      }}>
        <Field label={t().passkeyName} name="passkey" value={name} onInput={setName} maxLength={NAME_MAX} required autoFocus />
        <Fault of={action} />
        <div class="row end">
          <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
          <button class="button" disabled={action.busy || action.wait > 0 || name.trim() === ""}>{t().save}</button>
        </div>
      </form>
    </Dialog>
  );
}
