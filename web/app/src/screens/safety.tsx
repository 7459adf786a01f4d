// The safety number: the same on both sides, or somebody is between.
import { useEffect, useState } from "preact/hooks";
import { ProblemError, type SafetyNumber } from "@ngx-chat/lib";
import { client, conversation } from "../state/client.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Dialog, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";
import { Qr, Scanner } from "../ui/qr.tsx";

export function Safety({ id }: { id: string }) {
  const view = conversation(id);
  const [number, setNumber] = useState<SafetyNumber | null>(null);
  const [scanning, setScanning] = useState(false);
  const [result, setResult] = useState<"match" | "mismatch" | null>(null);
  const load = useAction();
  const action = useAction();
  const changed = view?.keyChanged ?? false;
  const key = view?.peer?.key ?? null;
  const read = () => load.run(async () => setNumber(await client().safetyNumber(id)));

  // another key is another number: what is on the screen must be the one that counts
  useEffect(() => {
    setResult(null);
    void read();
  }, [id, changed, key]);

  const name = view?.title ?? "";
  const verified = view?.verified ?? number?.verified ?? false;

  async function mark(to: boolean): Promise<void> {
    setResult(null);
    await action.run(async () => {
      try {
        await client().setVerified(id, to);
      } catch (error) {
        if (error instanceof ProblemError && error.code === "key_changed") await read();
        throw error;
      }
      if (to && changed) await client().acknowledgeKeyChange(id);
    });
  }

  async function scanned(bytes: Uint8Array): Promise<void> {
    setScanning(false);
    await action.run(async () => setResult((await client().safetyScan(id, bytes)) ? "match" : "mismatch"));
  }

  return (
    <Page title={t().safetyNumber} back={{ page: "chat", id }}>
      <div class="safety">
        {load.fault && <Notice kind="bad" role="alert">{load.fault}</Notice>}
        {!number && !load.fault && <div class="spinner" role="status" aria-label={t().loading} />}
        {number && (
          <>
            <p class="quiet">{t().safetyText(name)}</p>
            <Qr data={number.qr} label={t().safetyQr} />
            <ol class="digits" data-testid="safety-digits" aria-label={t().safetyTitle(name)}>
              {number.groups.map((group, i) => <li key={i}>{group}</li>)}
            </ol>
            <div role="status" aria-live="polite" class="stack">
              {result === "match" && <Notice kind="good" icon="shield">{t().safetyMatch}</Notice>}
              {result === "mismatch" && <Notice kind="bad">{t().safetyMismatch}</Notice>}
              {verified && result !== "match" && <Notice kind="good" icon="shield">{t().safetyVerified(name)}</Notice>}
            </div>
            {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
            <div class="row">
              <button type="button" class="button second" onClick={() => setScanning(true)}><Icon name="camera" />{t().safetyScan}</button>
              {verified
                ? <button type="button" class="button plain" disabled={action.busy} onClick={() => mark(false)}>{t().safetyUndo}</button>
                : <button type="button" class="button" disabled={action.busy} onClick={() => mark(true)}><Icon name="shield" />{t().safetyEqual}</button>}
            </div>
          </>
        )}
      </div>
      {scanning && (
        <Dialog title={t().scanTitle} onClose={() => setScanning(false)}>
          <div class="safety"><Scanner onBytes={scanned} /></div>
          <div class="row end"><button type="button" class="button second" onClick={() => setScanning(false)}>{t().cancel}</button></div>
        </Dialog>
      )}
    </Page>
  );
}
