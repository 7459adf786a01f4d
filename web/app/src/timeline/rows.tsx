// One row of a timeline, as it looks and as it is read out.
import type { MessageRow, Row } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { go } from "../state/route.ts";
import { clock, sayProblem, t } from "../text/index.ts";
import { toast, copy } from "../ui/basics.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { sayError } from "../text/index.ts";
import { onlyEmoji } from "./items.ts";

const stateIcons: Record<MessageRow["state"], IconName> = {
  queued: "clock", sending: "clock", accepted: "check", delivered: "checks", read: "checks", failed: "alert",
};

/** What a screen reader says of a row. */
export function rowName(row: Row): string {
  if (row.type === "message") {
    return t().messageName(row.mine ? t().you : row.senderName, clock(row.time), row.text, row.mine ? t().state[row.state] : "");
  }
  return lineText(row);
}

function lineText(row: Exclude<Row, MessageRow>): string {
  const say = t();
  switch (row.type) {
    case "undecryptable":
      return [say.why[row.why], say.nextStep[row.next]].filter(Boolean).join(" ");
    case "key_change":
      return row.wasVerified ? say.keyChangedVerified(row.accountName) : say.keyChanged(row.accountName);
    case "expired":
      return say.expiredRow(row.count);
    case "info": {
      const mine = row.account !== null && row.account === snapshot.value?.me?.account;
      const name = mine ? say.you : row.accountName;
      switch (row.info) {
        case "device_added": return mine ? say.youAdded(row.devices) : say.info.device_added(name, row.devices);
        case "device_removed": return say.info.device_removed(name, row.devices);
        case "rejoined": return mine ? say.youRejoined : say.info.rejoined(name);
        case "group_made": return say.info.group_made;
        case "may_be_missing": return say.info.may_be_missing;
        case "group_reset": return say.info.group_reset;
        case "private_closed": return say.info.private_closed;
        default: return say.info.other;
      }
    }
  }
}

const lineLooks: Record<Exclude<Row["type"], "message">, { icon: IconName; look: string }> = {
  undecryptable: { icon: "key", look: "" },
  key_change: { icon: "alert", look: "warn" },
  expired: { icon: "clock", look: "" },
  info: { icon: "info", look: "plain" },
};

function Line({ row, conversation }: { row: Exclude<Row, MessageRow>; conversation: string }) {
  const { icon, look } = lineLooks[row.type];
  return (
    <div class={`line ${look}`}>
      <div>
        {look !== "plain" && <Icon name={icon} />}
        <span>
          {lineText(row)}
          {row.type === "key_change" && (
            <> <button type="button" class="link" tabIndex={-1} onClick={() => go({ page: "safety", id: conversation })}>{t().compareSafety}</button></>
          )}
        </span>
      </div>
    </div>
  );
}

async function attempt(what: Promise<unknown>): Promise<void> {
  try {
    await what;
  } catch (error) {
    toast(sayError(error));
  }
}

function Actions({ row, conversation }: { row: MessageRow; conversation: string }) {
  const unsent = row.seq === null;
  return (
    <div class="actions" role="group" aria-label={t().messageActions}>
      {row.state === "failed" && (
        <button type="button" class="button little" onClick={() => attempt(client().retry(conversation, row.id))}><Icon name="retry" small />{t().sendAgain}</button>
      )}
      <button type="button" class="button second little" onClick={() => attempt(copy(row.text))}><Icon name="copy" small />{t().copyText}</button>
      {unsent && (
        <button type="button" class="button danger little" onClick={() => attempt(client().cancel(conversation, row.id))}><Icon name="trash" small />{t().remove}</button>
      )}
    </div>
  );
}

function Message({ row, conversation, open }: { row: MessageRow; conversation: string; open: boolean }) {
  return (
    <>
      <div class="bubble">
        <span class={onlyEmoji(row.text) ? "text emoji" : "text"} dir="auto">{row.text}</span>
        <span class="meta">
          {row.restored && <span title={t().restored}><Icon name="disk" small /></span>}
          <time dateTime={new Date(row.time).toISOString()}>{clock(row.time)}</time>
          {row.mine && <span title={t().state[row.state]}><Icon name={stateIcons[row.state]} small /></span>}
        </span>
      </div>
      {row.state === "failed" && <p class="small bad">{row.problem ? t().failedWhy(sayProblem(row.problem)) : t().state.failed}</p>}
      {(open || row.state === "failed") && <Actions row={row} conversation={conversation} />}
    </>
  );
}

/**
 * One focus stop: its name says who, when, what and whether it arrived. It follows
 * signals, so with the same properties it isn't made anew: they must stay the same
 * objects, for each message changes one or two of the rows in sight.
 */
export function RowView({ row, conversation, first, last, focusable, open, onOpen }: {
  row: Row; conversation: string; first: boolean; last: boolean; focusable: boolean; open: boolean; onOpen(key: string): void;
}) {
  const message = row.type === "message" ? row : null;
  return (
    <article class="message" data-row={row.key} tabIndex={focusable ? 0 : -1} aria-label={rowName(row)}
      data-mine={message?.mine ? "" : undefined} data-state={message?.mine ? message.state : undefined}
      data-first={first ? "" : undefined} data-last={last ? "" : undefined}
      onDblClick={message ? () => onOpen(row.key) : undefined}>
      {message ? <Message row={message} conversation={conversation} open={open} />
        : <Line row={row as Exclude<Row, MessageRow>} conversation={conversation} />}
    </article>
  );
}
