// What opens the account beside its password: codes of an app, passkeys, backup codes.
import { useEffect, useState } from "preact/hooks";
import type { FactorsView, PasskeyView } from "@ngx-chat/lib";
import { client } from "../state/client.ts";
import { passkeysHere } from "../state/passkey.ts";
import { briefTime, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Confirm, Fault, Menu, Notice, toast, type MenuEntry } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Group, Page } from "../ui/page.tsx";
import { AddPasskey, BackupCodes, RenamePasskey, SetUpTotp } from "./factors-dialogs.tsx";

type Open = "totp" | "totp-off" | "renew" | "passkey" | null;

export function Factors() {
  const [factors, setFactors] = useState<FactorsView | null>(null);
  const [open, setOpen] = useState<Open>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null); // nowhere else, and gone with the screen
  const load = useAction();
  const change = useAction();

  const read = () => load.run(async () => setFactors(await client().security.factors()));
  useEffect(() => { void read(); }, []);

  /** Something changed: codes that came with it are shown, once. */
  function changed(made: readonly string[] | null): void {
    setOpen(null);
    setCodes(made);
    if (!made) toast(t().saved);
    void read();
  }

  async function run(what: () => Promise<readonly string[] | null>): Promise<void> {
    setOpen(null);
    await change.run(async () => changed(await what()));
  }

  const second = factors !== null && (factors.totp !== null || factors.passkeys.length > 0);

  return (
    <Page title={t().factors} back={{ page: "settings" }}>
      <p class="quiet">{t().factorsText}</p>
      {load.fault && (
        <div class="stack tight">
          <Fault of={load} />
          <div class="row"><button type="button" class="button second" disabled={load.busy || load.wait > 0} onClick={read}>{t().retry}</button></div>
        </div>
      )}
      <Fault of={change} />
      {!factors && !load.fault && <div class="center"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      {factors && (
        <>
          {!second && <Notice icon="shield">{t().factorsNone}</Notice>}
          <Totp since={factors.totp} busy={change.busy} onSetUp={() => setOpen("totp")} onOff={() => setOpen("totp-off")} />
          <Passkeys passkeys={factors.passkeys} busy={change.busy} onAdd={() => setOpen("passkey")} onChanged={() => void read()}
            onRemove={(passkey) => run(async () => { await client().security.passkeyRemove(passkey); return null; })} />
          {second && <Backup left={factors.backupCodes} busy={change.busy} onRenew={() => setOpen("renew")} />}
        </>
      )}
      {open === "totp" && <SetUpTotp onDone={changed} onClose={() => setOpen(null)} />}
      {open === "passkey" && <AddPasskey onDone={changed} onClose={() => setOpen(null)} />}
      {open === "totp-off" && <Confirm title={t().totpOffTitle} text={t().totpOffText} action={t().turnOff} danger onNo={() => setOpen(null)}
        onYes={() => run(async () => { await client().security.totpRemove(); return null; })} />}
      {open === "renew" && <Confirm title={t().backupRenewTitle} text={t().backupRenewText} action={t().backupRenew} onNo={() => setOpen(null)}
        onYes={() => run(() => client().security.backupCodesRenew())} />}
      {codes && <BackupCodes codes={codes} onClose={() => setCodes(null)} />}
    </Page>
  );
}

function Totp({ since, busy, onSetUp, onOff }: { since: number | null; busy: boolean; onSetUp(): void; onOff(): void }) {
  return (
    <Group title={t().totp}>
      <div class="entry wrap" data-testid="totp">
        <Icon name="phone" />
        <span class="what"><strong>{since === null ? t().totp : t().totpOn(briefTime(since))}</strong><span>{t().totpText}</span></span>
        <span class="row">
          <button type="button" class="button second little" disabled={busy} onClick={onSetUp}>{since === null ? t().totpSetUp : t().totpReplace}</button>
          {since !== null && <button type="button" class="button second little" disabled={busy} onClick={onOff}>{t().turnOff}</button>}
        </span>
      </div>
    </Group>
  );
}

function Backup({ left, busy, onRenew }: { left: number; busy: boolean; onRenew(): void }) {
  return (
    <Group title={t().backupCodes}>
      <div class="entry wrap" data-testid="backup">
        <Icon name="key" />
        <span class="what"><strong>{t().backupLeft(left)}</strong><span>{t().backupText}</span></span>
        <button type="button" class="button second little" disabled={busy} onClick={onRenew}>{t().backupRenew}</button>
      </div>
    </Group>
  );
}

function Passkeys({ passkeys, busy, onAdd, onRemove, onChanged }: {
  passkeys: readonly PasskeyView[]; busy: boolean; onAdd(): void; onRemove(passkey: string): void; onChanged(): void;
}) {
  const here = passkeysHere();
  return (
    <Group title={t().passkeys}>
      {passkeys.map((one) => <Passkey key={one.id} passkey={one} onRemove={() => onRemove(one.id)} onChanged={onChanged} />)}
      <div class="entry wrap">
        <Icon name="shield" />
        <span class="what">
          <strong>{passkeys.length === 0 ? t().passkeysNone : t().passkeyAdd}</strong>
          <span>{here ? t().passkeysText : t().passkeysUnsupported}</span>
        </span>
        {here && <button type="button" class="button second little" disabled={busy} onClick={onAdd}>{t().passkeyAdd}</button>}
      </div>
    </Group>
  );
}

function Passkey({ passkey, onRemove, onChanged }: { passkey: PasskeyView; onRemove(): void; onChanged(): void }) {
  const [asking, setAsking] = useState<"rename" | "remove" | null>(null);
  const entries: MenuEntry[] = [
    { icon: "edit", label: t().rename, run: () => setAsking("rename") },
    { icon: "trash", label: t().revoke, danger: true, run: () => setAsking("remove") },
  ];
  return (
    <div class="entry" data-testid="passkey">
      <Icon name="key" />
      <span class="what">
        <strong>{passkey.name}</strong>
        <span>{passkey.lastUsed ? t().passkeyUsed(briefTime(passkey.lastUsed)) : t().passkeyAdded(briefTime(passkey.created))}</span>
        {passkey.cloned && <em class="tag warn">{t().passkeyCloned}</em>}
      </span>
      <Menu label={`${t().more}: ${passkey.name}`} entries={entries} />
      {asking === "rename" && <RenamePasskey passkey={passkey} onClose={() => setAsking(null)} onDone={() => { setAsking(null); onChanged(); }} />}
      {asking === "remove" && <Confirm title={t().passkeyRemove(passkey.name)} text={t().passkeyRemoveText} action={t().revoke} danger
        onNo={() => setAsking(null)} onYes={() => { setAsking(null); onRemove(); }} />}
    </div>
  );
}
