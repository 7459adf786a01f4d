// Whom one blocks: the list, its ends, and blocking somebody by name.
import { useEffect, useState } from "preact/hooks";
import type { BlockView, Person } from "@ngx-chat/lib";
import { client } from "../state/client.ts";
import { sayError, t, fullDay } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Avatar, Confirm, Fault, Field, toast } from "../ui/basics.tsx";
import { Group, Page } from "../ui/page.tsx";

export function Blocks() {
  const [all, setAll] = useState<readonly BlockView[] | null>(null);
  const load = useAction();
  const read = () => load.run(async () => setAll(await client().life.blocks()));
  useEffect(() => { void read(); }, []);

  async function unblock(one: BlockView): Promise<void> {
    if (!(await load.run(() => client().life.unblock(one.account)))) return;
    toast(t().unblockDone(one.displayName || one.username));
    await read();
  }

  return (
    <Page title={t().blocks} back={{ page: "settings" }}>
      <p class="quiet">{t().blocksText}</p>
      <Fault of={load} />
      {all === null && load.busy && <div class="center"><div class="spinner" role="status" aria-label={t().loading} /></div>}
      {all?.length === 0 && <p class="quiet" role="status">{t().blocksNone}</p>}
      {all !== null && all.length > 0 && (
        <Group>
          {all.map((one) => (
            <div class="entry" key={one.account} data-testid="block">
              <Avatar name={one.displayName || one.username} id={one.account} size="s" />
              <div class="what"><strong>{one.displayName || one.username}</strong><span>@{one.username}</span><span>{t().blockedSince(fullDay(one.since))}</span></div>
              <button type="button" class="button second little" disabled={load.busy} aria-label={t().unblockName(one.displayName || one.username)}
                onClick={() => unblock(one)}>{t().unblock}</button>
            </div>
          ))}
        </Group>
      )}
      <ByName onBlocked={read} />
    </Page>
  );
}

function ByName({ onBlocked }: { onBlocked(): Promise<unknown> }) {
  const [name, setName] = useState("");
  const [person, setPerson] = useState<Person | null>(null);
  const [nobody, setNobody] = useState<string | null>(null);
  const action = useAction();

  return (
    <form class="stack" onSubmit={async (event) => {
      event.preventDefault();
      setNobody(null);
      await action.run(async () => {
        const found = await client().findPerson(name.trim());
        setPerson(found);
        if (!found) setNobody(t().blockNobody(name.trim()));
      });
    }}>
      <Field label={t().blockByName} name="username" value={name} onInput={setName} maxLength={32} fault={nobody} />
      <Fault of={action} />
      <div class="row"><button class="button danger" disabled={action.busy || name.trim() === ""}>{t().block}</button></div>
      {person && <AskBlock account={person.account} name={person.displayName || person.username}
        onClose={() => setPerson(null)} onDone={async () => { setName(""); await onBlocked(); }} />}
    </form>
  );
}

/** Asks before somebody is blocked; says what it does and what not. */
export function AskBlock({ account, name, onClose, onDone }: { account: string; name: string; onClose(): void; onDone?(): void | Promise<void> }) {
  return (
    <Confirm title={t().blockTitle(name)} text={t().blockText(name)} action={t().block} danger onNo={onClose}
      onYes={async () => {
        try {
          await client().life.block(account);
          toast(t().blockDone(name));
          await onDone?.();
        } catch (error) {
          toast(sayError(error));
        }
        onClose();
      }} />
  );
}
