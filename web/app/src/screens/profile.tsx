// The own name, as others see it.
import { useState } from "preact/hooks";
import { client, snapshot } from "../state/client.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Avatar, Field, Notice, toast } from "../ui/basics.tsx";
import { Group, Page } from "../ui/page.tsx";

export function Profile() {
  const me = snapshot.value?.me;
  const [name, setName] = useState(me?.displayName ?? "");
  const action = useAction();
  if (!me) return null;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (await action.run(() => client().updateProfile({ displayName: name.trim() }))) toast(t().saved);
  }

  return (
    <Page title={t().profile} back={{ page: "settings" }}>
      <div class="profile-head">
        <Avatar name={name || me.username} id={me.account} size="l" />
        <strong>{me.displayName || me.username}</strong>
      </div>
      <form class="stack" onSubmit={submit}>
        <Field label={t().displayName} name="name" value={name} onInput={setName} maxLength={64} hint={t().displayNameHint} autoComplete="name" />
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        <div class="row"><button class="button" disabled={action.busy || name.trim() === me.displayName}>{t().save}</button></div>
      </form>
      <Group>
        <div class="entry"><div class="what"><strong>{t().username}</strong><span>@{me.username}</span></div></div>
        <div class="entry"><div class="what"><strong>{t().email}</strong><span>{me.email}</span></div></div>
      </Group>
    </Page>
  );
}
