// The recovery key: made, shown once, confirmed by typing it, used on a device
// that has nothing else. The server keeps only what it wraps.

import { codeOf, problem } from "../net/index.ts";
import * as identity from "../identity/index.ts";
import type { Account } from "./account.ts";
import type { Core } from "./core.ts";

export class Recovery {
  /** made and not confirmed yet; it is nowhere else */
  #made: string | null = null;

  constructor(
    private readonly core: Core,
    private readonly account: Account,
  ) {}

  make(): string {
    this.account.secrets; // refuses when there is nothing to protect
    this.#made = identity.makeRecoveryKey();
    return this.#made;
  }

  async confirm(text: string): Promise<void> {
    if (!this.#made) throw problem("not_ready", "Make a recovery key first.");
    if (read(text) !== this.#made) throw problem("bad_recovery_key", "That is not the key that was shown.");
    const wrapped = await identity.wrapSecrets(this.#made, this.core.account, this.account.secrets);
    await this.core.api.setRecovery(wrapped);
    this.#made = null;
    await this.core.saveSession({ recovery: true });
  }

  async check(text: string): Promise<boolean> {
    try {
      await this.#unwrap(text);
      return true;
    } catch (error) {
      if (codeOf(error) === "bad_recovery_key") return false;
      throw error;
    }
  }

  async use(text: string): Promise<void> {
    await this.account.prepare(); // publishes this device's key
    await this.account.adopt(await this.#unwrap(text));
    await this.core.saveSession({ recovery: true });
  }

  /** Whether the account has one; asked once a start. */
  async look(): Promise<void> {
    try {
      await this.core.api.recovery();
      if (this.core.session?.recovery !== true) await this.core.saveSession({ recovery: true });
    } catch (error) {
      if (codeOf(error) === "not_found") await this.core.saveSession({ recovery: false });
    }
  }

  async #unwrap(text: string): Promise<identity.AccountSecrets> {
    const key = read(text);
    let wrapped: Uint8Array;
    try {
      wrapped = await this.core.api.recovery();
    } catch (error) {
      if (codeOf(error) === "not_found") throw problem("no_recovery_key", "This account has no recovery key.");
      throw error;
    }
    try {
      return await identity.unwrapSecrets(key, this.core.account, wrapped);
    } catch {
      throw problem("bad_recovery_key", "This recovery key doesn't open this account.");
    }
  }
}

function read(text: string): string {
  try {
    return identity.readRecoveryKey(text);
  } catch {
    throw problem("bad_recovery_key", "This is not a recovery key: a letter is wrong or missing.");
  }
}
