// On a device that is in: letting a new one in, by its code or by six digits.
import { useEffect, useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { go } from "../state/route.ts";
import { sayProblem, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Dialog, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";
import { Scanner } from "../ui/qr.tsx";

export function Approve({ id }: { id: string }) {
  const state = snapshot.value;
  const device = state?.devices?.find((one) => one.id === id) ?? null;
  const approval = state?.approval?.device === id ? state.approval : null;
  const [scanning, setScanning] = useState(false);
  const action = useAction();
  const name = device?.name ?? approval?.name ?? "";

  useEffect(() => {
    if (!client().snapshot().devices) void action.run(() => client().loadDevices());
  }, []);

  const begin = (qr?: string) => action.run(() => client().approveStart(id, qr));
  const leave = () => {
    if (approval && approval.state !== "done" && approval.state !== "failed") void client().approveCancel().catch(() => undefined);
    go({ page: "devices" });
  };

  return (
    <Page title={t().approveTitle(name)} back={{ page: "devices" }}>
      <div class="stack">
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        {!approval && (
          <>
            <Notice kind="warn">{t().approveText}</Notice>
            <div class="row">
              <button type="button" class="button" disabled={action.busy} onClick={() => begin()}>{t().approveDigits}</button>
              <button type="button" class="button second" disabled={action.busy} onClick={() => setScanning(true)}><Icon name="camera" />{t().approveScan}</button>
            </div>
          </>
        )}
        {approval?.state === "answered" && <p class="center" role="status"><span class="spinner" />{t().approveWaiting}</p>}
        {approval?.state === "sealing" && <p class="center" role="status"><span class="spinner" />{t().approveSealing}</p>}
        {approval?.state === "compare" && (
          <section class="card">
            <header>
              <h2>{approval.sas ? t().compareTitle : t().approveTitle(name)}</h2>
              <p>{approval.sas ? t().compareText : t().approveScannedText}</p>
            </header>
            {approval.sas && <div class="sas"><output data-testid="sas">{approval.sas}</output></div>}
            <div class="row">
              <button type="button" class="button grow" disabled={action.busy} onClick={() => action.run(() => client().approveConfirm())}>
                {approval.sas ? t().compareYes : t().approve}
              </button>
              <button type="button" class="button danger grow" disabled={action.busy} onClick={leave}>{approval.sas ? t().compareNo : t().cancel}</button>
            </div>
          </section>
        )}
        {approval?.state === "done" && <Notice kind="good" icon="check" role="status">{t().approveDone}</Notice>}
        {approval?.state === "failed" && (
          <>
            <Notice kind="bad" role="alert">{approval.problem ? sayProblem(approval.problem) : t().approveFailed}</Notice>
            <div class="row"><button type="button" class="button" disabled={action.busy} onClick={() => begin()}>{t().retry}</button></div>
          </>
        )}
        <div class="row"><button type="button" class="button second" onClick={leave}>{approval?.state === "done" ? t().done : t().back}</button></div>
      </div>
      {scanning && (
        <Dialog title={t().scanTitle} onClose={() => setScanning(false)}>
          <div class="safety"><Scanner onText={(text) => { setScanning(false); void begin(text); }} /></div>
          <div class="row end"><button type="button" class="button second" onClick={() => setScanning(false)}>{t().cancel}</button></div>
        </Dialog>
      )}
    </Page>
  );
}
