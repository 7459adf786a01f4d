// What happened to the account, in words, page by page.
import { useEffect, useRef, useState } from "preact/hooks";
import type { AuditView } from "@ngx-chat/lib";
import { client, conversations, snapshot } from "../state/client.ts";
import { href } from "../state/route.ts";
import { dayName, moment, sayCode, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault } from "../ui/basics.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Group, Page } from "../ui/page.tsx";

const SHOWN_MAX = 2000; // entries that one page holds

export function Activity() {
  const [items, setItems] = useState<readonly AuditView[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined); // undefined: nothing was read yet
  const [said, setSaid] = useState("");
  const older = useRef<HTMLButtonElement>(null);
  const action = useAction();

  async function read(cursor?: string): Promise<void> {
    await action.run(async () => {
      const page = await client().life.audit(cursor);
      setItems((before) => (cursor ? [...before, ...page.items] : page.items).slice(0, SHOWN_MAX));
      setNext(page.next);
      if (cursor) setSaid(t().activityOlderShown(page.items.length));
    });
  }

  useEffect(() => {
    void read();
    void client().loadDevices().catch(() => undefined); // for the names of what was done to them
  }, []);

  const days: { day: string; items: AuditView[] }[] = [];
  for (const one of items) {
    const day = dayName(one.time);
    if (days.at(-1)?.day === day) days.at(-1)!.items.push(one);
    else days.push({ day, items: [one] });
  }

  return (
    <Page title={t().activity} back={{ page: "settings" }}>
      <p class="quiet">{t().activityText}</p>
      <p>{t().activityUnknown} <a href={href({ page: "password" })}>{t().passwordChange}</a> · <a href={href({ page: "devices" })}>{t().devices}</a></p>
      {days.map(({ day, items: some }) => (
        <Group key={`${day}/${some[0]!.id}`} title={day}>{some.map((one) => <Entry key={one.id} entry={one} />)}</Group>
      ))}
      {next === undefined && action.busy && <div class="center"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      {next !== undefined && items.length === 0 && <p class="quiet">{t().activityNone}</p>}
      <Fault of={action} />
      {next === undefined && action.fault && <div class="row"><button type="button" class="button second" onClick={() => read()}>{t().retry}</button></div>}
      {next && items.length < SHOWN_MAX && (
        <div class="row"><button ref={older} type="button" class="button second" disabled={action.busy} onClick={() => read(next)}>{t().activityOlder}</button></div>
      )}
      {next === null && items.length > 0 && <p class="small quiet">{t().activityEnd}</p>}
      <p class="visually-hidden" role="status">{said}</p>
    </Page>
  );
}

const ICONS: readonly (readonly [RegExp, IconName])[] = [
  [/^(session|device)\./, "device"], [/^(password|factor|proof|key|recovery|group)\./, "key"], [/^(email|mail)\./, "info"],
  [/^block\./, "user"], [/^(detect|limit)\./, "alert"],
];

function Entry({ entry }: { entry: AuditView }) {
  const failed = entry.outcome !== "ok";
  const warns = entry.action.startsWith("detect.") || failed;
  const of = target(entry);
  const words = failed && entry.action === "session.sign_in" ? t().activityTried : t().activities[entry.action] ?? entry.action;
  const where = [
    entry.here ? t().activityHere : entry.device,
    entry.address && t().network(entry.address),
  ].filter(Boolean).join(", ");

  return (
    <div class="entry" data-testid="audit" data-action={entry.action}>
      <Icon name={warns ? "alert" : ICONS.find(([kind]) => kind.test(entry.action))?.[1] ?? "info"} />
      <div class="what">
        <strong>{words}{of ? `: ${of}` : ""}</strong>
        {failed && <span class="bad">{t().activityFailed(sayCode(entry.outcome))}</span>}
        <span><time dateTime={new Date(entry.time).toISOString()}>{moment(entry.time)}</time>{where ? ` · ${where}` : ""}</span>
      </div>
      {warns && <span class="tag warn">{t().activityAttention}</span>}
    </div>
  );
}

/** What it was done to, if that has a name here. */
function target({ action, target: id }: AuditView): string | null {
  if (!id) return null;
  if (action.startsWith("detect.")) return id;
  if (action.startsWith("device.")) return snapshot.value?.devices?.find((device) => device.id === id)?.name ?? null;
  if (action.startsWith("block.")) return conversations.value.find(({ peer }) => peer?.account === id)?.peer?.displayName ?? null;
  return null;
}
