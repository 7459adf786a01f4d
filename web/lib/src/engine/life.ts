// The account's own affairs: password, address, sessions, the log of what happened
// to it, whom it blocks, its export and its end.

import { codeOf, problem, type wire } from "../net/index.ts";
import type { Engine } from "./engine.ts";
import type { Millis } from "./row-types.ts";

/** A change of the address that was asked for: the new address's code or link confirms it. */
export interface EmailChange {
  id: string;
  email: string;
  sendAttempt: number;
  expires: Millis;
}

/** Something that happened to the account; actions may come that this client doesn't know. */
export interface AuditView {
  id: number;
  time: Millis;
  action: string;
  /** "ok", or the problem's code */
  outcome: string;
  /** by which device it was done: its name, as long as it is kept */
  device: string | null;
  /** this device did it */
  here: boolean;
  /** a /24 or /48 */
  address: string | null;
  target: string | null;
}

export interface AuditPage {
  items: readonly AuditView[];
  /** null: that was the oldest */
  next: string | null;
}

export interface BlockView {
  account: string;
  username: string;
  displayName: string;
  since: Millis;
}

/** A page of the export: its items as lines of JSON. */
export interface ExportPage {
  text: string;
  items: number;
  next: string | null;
}

/** client.life. What needs a proof is refused by proof_required until one is given. */
export interface Life {
  /** keep: other sessions stay signed in */
  passwordChange(current: string, password: string, keep: boolean): Promise<void>;
  /** before: the one asked for already, when another mail to the same address is wanted */
  emailAsk(email: string, before?: EmailChange): Promise<EmailChange>;
  emailConfirm(change: EmailChange, code: string): Promise<void>;
  /** Reads the account again: its address, whether it is to be erased. */
  look(): Promise<void>;

  /** Signs all other sessions out; their devices stay. */
  endOthers(): Promise<void>;
  /** Ends all other devices for good. */
  revokeOthers(): Promise<void>;

  /** The newest first; cursor: `next` of an earlier page. */
  audit(cursor?: string): Promise<AuditPage>;
  blocks(): Promise<readonly BlockView[]>;
  block(account: string): Promise<void>;
  unblock(account: string): Promise<void>;

  /** All that the server holds on the account, page by page. */
  exportPage(cursor?: string): Promise<ExportPage>;
  /** When it will be erased, unless that is cancelled or somebody signs in. */
  deleteAsk(): Promise<Millis>;
  deleteCancel(): Promise<void>;
  /** The person was told that signing in kept the account. */
  keptSeen(): Promise<void>;
}

export class AccountLife implements Life {
  /** engine: the one that runs now; throws in a tab that has none */
  constructor(private readonly engine: () => Engine) {}

  async passwordChange(current: string, password: string, keep: boolean): Promise<void> {
    try {
      await this.engine().core.api.changePassword({ current_password: current, password, keep_sessions: keep });
    } catch (error) {
      if (codeOf(error) !== "invalid_credentials") throw error;
      throw problem("wrong_password", "The current password is wrong.");
    }
  }

  async emailAsk(email: string, before?: EmailChange): Promise<EmailChange> {
    const { id, send_attempt, expires } = await this.engine().core.api.askEmail(email, (before?.sendAttempt ?? 0) + 1);
    return { id, email, sendAttempt: send_attempt, expires: Date.parse(expires) };
  }

  async emailConfirm(change: EmailChange, code: string): Promise<void> {
    await this.engine().core.api.confirmEmail(change.id, code.replace(/\D/g, ""));
    await this.look();
  }

  look(): Promise<void> {
    return this.engine().account.look();
  }

  async endOthers(): Promise<void> {
    const e = this.engine();
    await e.core.api.endOtherSessions();
    await e.loadDevices();
  }

  async revokeOthers(): Promise<void> {
    const e = this.engine();
    await e.core.api.revokeOtherDevices();
    await e.devicesWent();
  }

  async audit(cursor?: string): Promise<AuditPage> {
    const { api, device } = this.engine().core;
    const { items, next } = await api.audit(cursor);
    return {
      items: items.map((one) => ({
        id: one.id,
        time: Date.parse(one.at),
        action: one.action,
        outcome: one.outcome,
        device: one.device_name,
        here: one.session === device,
        address: one.address,
        target: one.target,
      })),
      next,
    };
  }

  async blocks(): Promise<readonly BlockView[]> {
    return (await this.engine().core.api.blocks()).map((one: wire.Block) => ({
      account: one.account,
      username: one.username,
      displayName: one.display_name,
      since: Date.parse(one.created),
    }));
  }

  async block(account: string): Promise<void> {
    await this.engine().core.api.block(account);
    await this.engine().conversations.refreshOf(account);
  }

  async unblock(account: string): Promise<void> {
    await this.engine().core.api.unblock(account);
    await this.engine().conversations.refreshOf(account);
  }

  async exportPage(cursor?: string): Promise<ExportPage> {
    const { items, next } = await this.engine().core.api.exportPage(cursor);
    if (next !== null && next === cursor) throw problem("bad_answer", "The export doesn't go on.");
    return { text: items.map((item) => `${JSON.stringify(item)}\n`).join(""), items: items.length, next };
  }

  async deleteAsk(): Promise<Millis> {
    const { core } = this.engine();
    const at = Date.parse((await core.api.deleteAccount()).erased_after);
    await core.saveSession({ erasedAfter: at });
    return at;
  }

  async deleteCancel(): Promise<void> {
    const { core } = this.engine();
    await core.api.cancelDeletion();
    await core.saveSession({ erasedAfter: null });
  }

  keptSeen(): Promise<void> {
    return this.engine().core.saveSession({ kept: false });
  }
}
