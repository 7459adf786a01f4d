// Settings: who one is, how it looks, what is stored, what runs, and the way out.
import { useEffect, useState } from "preact/hooks";
import type { StorageUse } from "@ngx-chat/lib";
import { build, loadBuild } from "../state/build.ts";
import { client, snapshot } from "../state/client.ts";
import { chooseTheme, theme, type Theme } from "../state/prefs.ts";
import { href } from "../state/route.ts";
import { chooseLanguage, languageChoice, languageNames, languages, fullDay, size, t, type Language } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Avatar, Confirm, Notice } from "../ui/basics.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Group, Page } from "../ui/page.tsx";

export function Settings() {
  const me = snapshot.value?.me;
  return (
    <Page title={t().settings} back={{ page: "list" }}>
      <Group>
        {me && (
          <a class="entry" href={href({ page: "profile" })}>
            <Avatar name={me.displayName || me.username} id={me.account} />
            <span class="what"><strong>{me.displayName || me.username}</strong><span>@{me.username}</span></span>
            <Icon name="forward" small />
          </a>
        )}
        <Way icon="device" to={href({ page: "devices" })} title={t().devices} text={t().devicesText} />
        <Way icon="lock" to={href({ page: "factors" })} title={t().factors} text={t().factorsSub} />
        <Way icon="key" to={href({ page: "recovery" })} title={t().recoveryTitle}
          text={me?.recovery ? t().recoveryIsSet : t().recoveryNotSet} />
      </Group>
      <Affairs />
      <Looks />
      <Storage />
      <About />
      <Out />
    </Page>
  );
}

function Way({ icon, to, title, text }: { icon: IconName; to: string; title: string; text: string }) {
  return (
    <a class="entry" href={to}>
      <Icon name={icon} />
      <span class="what"><strong>{title}</strong><span>{text}</span></span>
      <Icon name="forward" small />
    </a>
  );
}

/** What concerns the account at the server. */
function Affairs() {
  const me = snapshot.value?.me;
  return (
    <Group title={t().signInData}>
      <Way icon="key" to={href({ page: "password" })} title={t().passwordChange} text={t().passwordChangeSub} />
      <Way icon="user" to={href({ page: "email" })} title={t().emailChange} text={me?.email ?? ""} />
      <Way icon="shield" to={href({ page: "activity" })} title={t().activity} text={t().activitySub} />
      <Way icon="close" to={href({ page: "blocks" })} title={t().blocks} text={t().blocksSub} />
      <Way icon="download" to={href({ page: "export" })} title={t().serverExport} text={t().serverExportSub} />
      <Way icon="trash" to={href({ page: "delete" })} title={t().deletion}
        text={me?.erasedAfter ? t().deletionAsked(fullDay(me.erasedAfter)) : t().deletionSub} />
    </Group>
  );
}

function Looks() {
  return (
    <Group title={t().appearance}>
      <label class="entry">
        <Icon name="moon" /><span class="what"><strong>{t().theme}</strong></span>
        <select class="input" value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
          {(["auto", "light", "dark"] as const).map((one) => <option key={one} value={one}>{t().themes[one]}</option>)}
        </select>
      </label>
      <label class="entry">
        <Icon name="globe" /><span class="what"><strong>{t().language}</strong></span>
        <select class="input" value={languageChoice.value} onChange={(event) => chooseLanguage(event.currentTarget.value as Language | "auto")}>
          <option value="auto">{t().themes.auto}</option>
          {languages.map((one) => <option key={one} value={one} lang={one}>{languageNames[one]}</option>)}
        </select>
      </label>
    </Group>
  );
}

function Storage() {
  const [use, setUse] = useState<StorageUse | null>(null);
  const [refused, setRefused] = useState(false);
  const [exporting, setExporting] = useState(false);
  const persist = useAction();
  const archive = useAction();
  const exported = useAction();
  const kept = snapshot.value?.archive;

  const read = () => client().storageUse().then(setUse, () => setUse(null));
  useEffect(() => { void read(); }, []);

  async function save(): Promise<void> {
    setExporting(false);
    await exported.run(async () => {
      const url = URL.createObjectURL(await client().exportData());
      const link = document.createElement("a");
      link.href = url;
      link.download = `ngx_chat-${new Date().toISOString().slice(0, 10)}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    });
  }

  const share = use?.usage && use.quota ? Math.max(0.5, (100 * use.usage) / use.quota) : 0;

  return (
    <Group title={t().storage}>
      <div class="entry block">
        <span>{use?.usage != null && use.quota != null ? t().storageUse(size(use.usage), size(use.quota)) : t().storageUnknown}</span>
        <div class="meter-bar" aria-hidden="true"><i style={{ width: `${Math.min(100, share)}%` }} /></div>
        <div class="row between">
          <span class="quiet small" data-testid="persisted">{use?.persisted ? t().persisted : t().notPersisted}</span>
          {use && !use.persisted && (
            <button type="button" class="button second little" disabled={persist.busy}
              onClick={() => persist.run(async () => { setRefused(!(await client().persist())); await read(); })}>{t().persistAsk}</button>
          )}
        </div>
        {refused && !use?.persisted && <p class="small quiet" role="status">{t().persistRefused}</p>}
      </div>
      {kept && (
        <div class="entry">
          <Icon name="disk" />
          <span class="what"><strong>{t().archive}</strong>
            <span>{t().archiveText[kept.state]}{kept.bytes > 0 ? ` ${size(kept.bytes)}` : ""}</span>
            {kept.older.length > 0 && <span class="bad">{t().archiveOlder}</span>}
            {archive.fault && <span class="bad" role="alert">{archive.fault}</span>}
          </span>
          {kept.state !== "off" && (
            <button type="button" class="button second little" disabled={archive.busy || kept.state === "saving" || kept.state === "restoring"}
              onClick={() => archive.run(() => client().archiveNow())}>{t().archiveNow}</button>
          )}
        </div>
      )}
      <button type="button" class="entry" onClick={() => setExporting(true)} disabled={exported.busy}>
        <Icon name="download" /><span class="what"><strong>{t().exportData}</strong><span>{exported.fault ?? t().exportText}</span></span>
      </button>
      {exporting && <Confirm title={t().exportData} text={t().exportConfirm} action={t().exportDo} onYes={save} onNo={() => setExporting(false)} />}
    </Group>
  );
}

function About() {
  useEffect(() => { void loadBuild(); }, []);
  const server = snapshot.value?.server;
  const named = server?.webBuild ?? null;
  return (
    <Group title={t().about}>
      <div class="entry block">
        <strong>{t().build}</strong>
        <p class="quiet small">{t().buildText}</p>
        <code class="hash" data-testid="build">{build.value ?? "—"}</code>
        {build.value && (named === build.value ? <p class="small quiet">{t().buildSame}</p>
          : named ? <Notice kind="warn">{t().buildOther}<code class="hash">{named}</code></Notice>
            : <p class="small quiet">{t().buildUnsaid}</p>)}
      </div>
      <div class="entry"><span class="what"><strong>{server?.name}</strong><span>{server ? t().version(server.version) : ""}</span></span></div>
      <a class="entry" href="licenses.txt" target="_blank" rel="noopener"><Icon name="info" /><span class="what"><strong>{t().licenses}</strong></span></a>
    </Group>
  );
}

function Out() {
  const [wiping, setWiping] = useState(false);
  const action = useAction();
  return (
    <Group title={t().account}>
      <button type="button" class="entry" disabled={action.busy} onClick={() => action.run(() => client().signOut({ wipe: false }))}>
        <Icon name="out" /><span class="what"><strong>{t().signOut}</strong><span>{t().signOutText}</span></span>
      </button>
      <button type="button" class="entry bad" disabled={action.busy} onClick={() => setWiping(true)}>
        <Icon name="trash" /><span class="what"><strong>{t().signOutWipe}</strong><span>{t().signOutWipeText}</span></span>
      </button>
      {action.fault && <div class="entry"><Notice kind="bad" role="alert">{action.fault}</Notice></div>}
      {wiping && <Confirm title={t().signOutWipe} text={t().signOutWipeConfirm} action={t().signOutWipeDo} danger onNo={() => setWiping(false)}
        onYes={async () => { setWiping(false); await action.run(() => client().signOut({ wipe: true })); }} />}
    </Group>
  );
}
