// What can read this account's messages: names, removing, letting a new one in.
import { useEffect, useState } from "preact/hooks";
import type { DeviceView } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { chosen, withProof } from "../state/proof.ts";
import { go, onward } from "../state/route.ts";
import { briefTime, sayError, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Confirm, Dialog, Fault, Field, Menu, Notice, toast, type MenuEntry } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Group, Page } from "../ui/page.tsx";
import { Scanner } from "../ui/qr.tsx";

const REREAD = 30_000; // ms until the list is read again while it is shown

export function Devices() {
  const devices = snapshot.value?.devices ?? null;
  const load = useAction();
  const [scanning, setScanning] = useState(false);
  const scan = useAction();

  useEffect(() => {
    const read = () => void load.run(() => client().loadDevices());
    read();
    const timer = setInterval(read, REREAD);
    return () => clearInterval(timer);
  }, []);

  async function scanned(text: string): Promise<void> {
    setScanning(false);
    const lead = onward();
    if (await scan.run(() => client().approveQr(text))) {
      const approval = client().snapshot().approval;
      if (approval) lead({ page: "approve", id: approval.device });
    }
  }

  const waiting = devices?.filter((device) => device.state === "pending") ?? [];
  const others = devices?.filter((device) => device.state !== "pending") ?? [];

  return (
    <Page title={t().devices} back={{ page: "settings" }}>
      <p class="quiet">{t().devicesText}</p>
      {load.fault && <Notice kind="warn" role="alert">{load.fault}</Notice>}
      {scan.fault && <Notice kind="bad" role="alert">{scan.fault}</Notice>}
      {!devices && !load.fault && <div class="center"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      {waiting.length > 0 && <Group title={t().deviceWaiting}>{waiting.map((device) => <Device key={device.id} device={device} />)}</Group>}
      {others.length > 0 && <Group>{others.map((device) => <Device key={device.id} device={device} />)}</Group>}
      {(devices?.length ?? 0) > 1 && <Others />}
      <Group title={t().linkDevice}>
        <button type="button" class="entry" onClick={() => setScanning(true)}>
          <Icon name="qr" /><span class="what"><strong>{t().approveScan}</strong><span>{t().linkDeviceText}</span></span>
        </button>
      </Group>
      {scanning && <Scan onText={scanned} onClose={() => setScanning(false)} />}
    </Page>
  );
}

/** All but this one at once: signed out, or gone for good. */
function Others() {
  const [asking, setAsking] = useState<"end" | "revoke" | null>(null);
  const action = useAction();
  const close = () => setAsking(null);

  async function run(what: () => Promise<void>, done: string): Promise<void> {
    close(); // a proof may be asked for: one dialog after the other
    if (await action.run(what)) toast(done);
  }

  return (
    <Group>
      <button type="button" class="entry" disabled={action.busy} onClick={() => setAsking("end")}>
        <Icon name="out" /><span class="what"><strong>{t().endOthers}</strong><span>{t().endOthersText}</span></span>
      </button>
      <button type="button" class="entry bad" disabled={action.busy} onClick={() => setAsking("revoke")}>
        <Icon name="trash" /><span class="what"><strong>{t().revokeOthers}</strong><span>{t().revokeOthersText}</span></span>
      </button>
      {action.fault && <div class="entry"><Fault of={action} /></div>}
      {asking === "end" && <Confirm title={t().endOthersTitle} text={t().endOthersConfirm} action={t().endOthers} danger onNo={close}
        onYes={() => run(() => client().life.endOthers(), t().endOthersDone)} />}
      {asking === "revoke" && <Confirm title={t().revokeOthersTitle} text={t().revokeOthersConfirm} action={t().revokeOthers} danger onNo={close}
        onYes={() => run(() => client().life.revokeOthers(), t().revokeOthersDone)} />}
    </Group>
  );
}

/** The camera, and a box for who can't use it. */
function Scan({ onText, onClose }: { onText(text: string): void; onClose(): void }) {
  const [text, setText] = useState("");
  return (
    <Dialog title={t().scanTitle} onClose={onClose}>
      <div class="safety"><Scanner onText={onText} /></div>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); onText(text.trim()); }}>
        <Field label={t().scanPaste} name="qr" value={text} onInput={setText} />
        <div class="row end">
          <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
          <button class="button" disabled={text.trim() === ""}>{t().scanUse}</button>
        </div>
      </form>
    </Dialog>
  );
}

function Device({ device }: { device: DeviceView }) {
  const [asking, setAsking] = useState<"rename" | "revoke" | null>(null);
  const entries: MenuEntry[] = [{ icon: "edit", label: t().rename, run: () => setAsking("rename") }];
  if (!device.current) entries.push({ icon: "trash", label: t().revoke, danger: true, run: () => setAsking("revoke") });
  const pending = device.state === "pending";

  return (
    <div class="entry" data-testid="device">
      <Icon name={/android|iphone|phone|ios/i.test(device.name) ? "phone" : "device"} />
      <div class="what">
        <strong>{device.name}</strong>
        <span>
          {device.lastSeen && !device.current ? t().lastSeen(briefTime(device.lastSeen)) : t().added(briefTime(device.created))}
          {device.address && ` · ${t().network(device.address)}`}
        </span>
      </div>
      {device.current && <span class="tag">{t().thisDevice}</span>}
      {!device.signedIn && <span class="tag">{t().signedOutTag}</span>}
      {!pending && !device.certified && <span class="tag warn">{t().deviceUncertified}</span>}
      {pending && !device.current && (
        <button type="button" class="button little" onClick={() => go({ page: "approve", id: device.id })}>{t().approve}</button>
      )}
      <Menu label={`${t().more}: ${device.name}`} entries={entries} />
      {asking === "rename" && <Rename device={device} onClose={() => setAsking(null)} />}
      {asking === "revoke" && <Confirm title={t().revokeTitle(device.name)} text={t().revokeText} action={t().revoke} danger
        onNo={() => setAsking(null)} onYes={async () => {
          await withProof(() => client().revokeDevice(device.id)).catch((error: unknown) => { if (!chosen(error)) toast(sayError(error)); });
          setAsking(null);
        }} />}
    </div>
  );
}

function Rename({ device, onClose }: { device: DeviceView; onClose(): void }) {
  const [name, setName] = useState(device.name);
  const action = useAction();
  return (
    <Dialog title={t().rename} onClose={onClose}>
      <form class="stack" onSubmit={async (event) => {
        event.preventDefault();
        if (await action.run(() => client().renameDevice(device.id, name.trim()))) onClose();
      }}>
        <Field label={t().deviceName} name="device" value={name} onInput={setName} maxLength={64} required autoFocus fault={action.fault} />
        <div class="row end">
          <button type="button" class="button second" onClick={onClose}>{t().cancel}</button>
          <button class="button" disabled={action.busy || name.trim() === ""}>{t().save}</button>
        </div>
      </form>
    </Dialog>
  );
}
