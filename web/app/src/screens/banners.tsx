// Thin lines above everything: no connection, catching up, a new version.
import { useEffect, useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { applyUpdate, update } from "../state/update.ts";
import { fullDay, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { toast } from "../ui/basics.tsx";

const PATIENCE = 1200; // ms that a state must last before a line is worth it

/** True once something has been so for a moment: lines that flash help nobody. */
function useLasting(now: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [now]);
  return now && lasting;
}

function useSeconds(until: number | null): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (until === null) return;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

export function Banners() {
  const state = snapshot.value;
  const connection = state?.connection;
  const inside = state?.session === "ready" || state?.session === "pending";
  const offline = inside && connection?.state === "offline";
  const busy = useLasting(inside && (connection?.state === "connecting" || connection?.state === "syncing"));
  const seconds = useSeconds(offline ? connection!.retryAt : null);

  return (
    <div class="banners">
      <div role="status" aria-live="polite">
        {offline && (
          <div class="banner warn" data-testid="banner-offline">
            <span>{t().offline}</span>
            {seconds > 5 && <span class="nowrap" aria-hidden="true">{seconds} s</span>}
            {seconds > 2 && <button type="button" class="button plain" onClick={() => client().reconnect()}>{t().connectNow}</button>}
          </div>
        )}
        {busy && (
          <div class="banner" data-testid="banner-syncing">
            <span class="spinner" />{connection!.state === "syncing" ? t().syncing(connection!.pending) : t().connecting}
          </div>
        )}
        {state?.session === "ready" && state.archive.state === "restoring" && (
          <div class="banner"><span class="spinner" />{t().restoring(state.archive.restored)}</div>
        )}
      </div>
      <Deletion />
      {update.value !== "none" && (
        <div class="banner offer" role="status" data-testid="banner-update">
          {update.value === "waits" ? <span>{t().updateWaits}</span> : (
            <>
              <span>{t().updateReady}</span>
              <button type="button" class="button" onClick={applyUpdate}>{t().updateNow}</button>
            </>
          )}
        </div>
      )}
    </div>
  );
}

/** The account is to be erased, or was and isn't any more. */
function Deletion() {
  const state = snapshot.value;
  const me = state?.session === "ready" ? state.me : null;
  const action = useAction();
  if (me && me.erasedAfter !== null) {
    return (
      <div class="banner warn" role="status" data-testid="banner-deletion">
        <span>{action.fault ?? t().deletionBanner(fullDay(me.erasedAfter))}</span>
        <button type="button" class="button plain" disabled={action.busy}
          onClick={async () => { if (await action.run(() => client().life.deleteCancel())) toast(t().deletionKept); }}>{t().deletionKeep}</button>
      </div>
    );
  }
  if (!me?.kept) return null;
  return (
    <div class="banner warn" role="status" data-testid="banner-kept">
      <span>{t().deletionKeptBySignIn}</span>
      <button type="button" class="button plain" onClick={() => action.run(() => client().life.keptSeen())}>{t().close}</button>
    </div>
  );
}
