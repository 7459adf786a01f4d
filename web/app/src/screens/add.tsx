// A new conversation: somebody is found by the username they told.
import { useState } from "preact/hooks";
import type { Person } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { onward } from "../state/route.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Avatar, Field, Notice, copy } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";

export function AddPerson() {
  const [username, setUsername] = useState("");
  const [found, setFound] = useState<Person | null>(null);
  const [nobody, setNobody] = useState<string | null>(null);
  const action = useAction();
  const me = snapshot.value?.me;
  const wanted = username.trim().toLowerCase().replace(/^@/, "");

  function find(event: Event): void {
    event.preventDefault();
    setNobody(null);
    if (wanted === me?.username) {
      setNobody(t().addSelf);
      return;
    }
    void action.run(async () => {
      const person = await client().findPerson(wanted);
      setFound(person);
      if (!person) setNobody(t().addNobody(wanted));
    });
  }

  return (
    <Page title={t().addTitle} back={{ page: "list" }}>
      <form class="stack" onSubmit={find}>
        <Field label={t().username} name="person" value={username} placeholder={t().addPlaceholder} maxLength={33} required autoFocus
          onInput={(value) => { setUsername(value); setFound(null); setNobody(null); action.clear(); }} />
        {!found && <button class="button" disabled={action.busy || wanted === ""}>{action.busy ? t().busy : t().addFind}</button>}
      </form>
      {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
      {nobody && <Notice role="alert">{nobody}</Notice>}
      {found && <Found person={found} />}
      {me && (
        <p class="quiet center">
          <span>{t().addYours} <strong>@{me.username}</strong></span>
          <button type="button" class="button plain little" onClick={() => copy(me.username)}><Icon name="copy" small />{t().copy}</button>
        </p>
      )}
    </Page>
  );
}

function Found({ person }: { person: Person }) {
  const action = useAction();
  const start = (begin: () => Promise<string>) => {
    const lead = onward();
    return action.run(async () => lead({ page: "chat", id: await begin() }));
  };
  return (
    <section class="card" role="status">
      <div class="row">
        <Avatar name={person.displayName || person.username} id={person.account} />
        <div class="grow"><strong>{person.displayName || person.username}</strong><div class="quiet">@{person.username}</div></div>
      </div>
      {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
      <div class="row">
        <button type="button" class="button grow" disabled={action.busy}
          onClick={() => start(() => client().addPerson(person.username))}>{t().addDo}</button>
        <button type="button" class="button second grow" disabled={action.busy}
          onClick={() => start(() => client().offerPrivate(person.account))}>
          <Icon name="lock" small />{t().addPrivate}
        </button>
      </div>
    </section>
  );
}
