// States in which the app can't go on by itself: removed, full, open elsewhere.
import { client } from "../state/client.ts";
import { t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Notice } from "../ui/basics.tsx";
import { Card, Gate } from "./frame.tsx";

function Stopped({ title, text, label, run }: { title: string; text: string; label: string; run(): Promise<unknown> }) {
  const action = useAction();
  return (
    <Gate>
      <Card title={title} text={text}>
        {action.fault && <Notice kind="bad" role="alert">{action.fault}</Notice>}
        <button type="button" class="button wide" disabled={action.busy} onClick={() => action.run(run)}>{action.busy ? t().busy : label}</button>
      </Card>
    </Gate>
  );
}

/** This browser can't do what is needed: said at once, not in the middle of a message. */
export const Unsupported = ({ missing }: { missing: "secure_context" | "crypto" | "storage" }) => (
  <Gate><Card title={t().unsupportedTitle} text={t().unsupported[missing]} /></Gate>
);

export const OtherTab = () => <Stopped title={t().otherTabTitle} text={t().otherTabText} label={t().useHere} run={() => client().takeOver()} />;

export const Revoked = () => (
  <Stopped title={t().revokedTitle} text={t().revokedText} label={t().revokedDone} run={() => client().signOut({ wipe: true })} />
);

export const StorageFailed = () => (
  <Stopped title={t().storageTitle} text={t().storageText} label={t().retry} run={() => client().retryStorage()} />
);
