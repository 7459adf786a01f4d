// The account on this device: registration, verification, signing in and out,
// and the keys that are made and published before anything can be read.

import { codeOf, fromBase64url, problem, ProblemError, toBase64url, type wire } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import { certify, makeAccountKey, makeArchiveKey, makeDeviceKey, publicKey } from "../identity/index.ts";
import type { AccountSecrets } from "../identity/index.ts";
import type { Core } from "./core.ts";
import type { Directory } from "./directory.ts";
import type { Packages } from "./packages.ts";
import { keys, type IdentityRecord, type LeavingRecord, type SecretsRecord, type SessionRecord } from "./records.ts";
import { proofBody } from "./security.ts";
import type { RegisterInput, SignInInput } from "./types.ts";

/** Account keys that are kept though the server said they aren't this account's. */
const ASIDE_MAX = 4;

export class Account {
  constructor(
    private readonly core: Core,
    private readonly packages: Packages,
    private readonly directory: Directory,
    private readonly device: { name: string; platform: string },
  ) {}

  async register(input: RegisterInput): Promise<void> {
    if (this.core.session) throw problem("signed_in", "Somebody is signed in on this device.");
    const answer = await this.core.api.register({
      username: input.username,
      email: input.email,
      password: input.password,
      ...(input.displayName ? { display_name: input.displayName } : {}),
      ...(input.invitation ? { invitation: input.invitation } : {}),
      ...this.#named(input.deviceName),
    });
    await this.#start(answer, answer.device_secret, {
      id: answer.verification.id,
      sendAttempt: answer.verification.send_attempt,
      expires: Date.parse(answer.verification.expires),
    });
  }

  async verify(code: string, username?: string): Promise<void> {
    const verification = this.core.session?.verification;
    if (!verification) throw problem("already_verified", "There is nothing to verify.");
    const input = { code: code.replace(/\D/g, ""), ...(username ? { username } : {}) };
    const { account } = await this.core.api.confirm(verification.id, input);
    await this.#profile(account);
  }

  /** Whether the address was confirmed elsewhere, by the mail's link. */
  async checkVerified(): Promise<boolean> {
    await this.#profile(await this.core.api.account());
    return this.core.session?.verified === true;
  }

  /** The account as the server has it now. */
  async look(): Promise<void> {
    await this.#profile(await this.core.api.account());
  }

  async resend(): Promise<void> {
    const before = this.core.session?.verification;
    const answer = await this.core.api.resend((before?.sendAttempt ?? 0) + 1);
    const { id, send_attempt, expires } = answer;
    await this.core.saveSession({ verification: { id, sendAttempt: send_attempt, expires: Date.parse(expires) } });
  }

  async signIn(input: SignInInput): Promise<void> {
    const old = this.core.session;
    if (old?.token) throw problem("signed_in", "Somebody is signed in on this device.");
    const resume = old?.deviceSecret ? { session: old.device, device_secret: old.deviceSecret } : {};
    const answer = await this.core.api.signIn({
      ...(input.login !== undefined ? { login: input.login } : {}),
      ...proofBody(input),
      ...this.#named(input.deviceName),
      ...resume,
    });

    if (!old) {
      await this.#start(answer, answer.device_secret ?? null, null);
      if (answer.deletion_cancelled) await this.core.saveSession({ kept: true });
      return;
    }
    if (old.account !== answer.account.id || old.device !== answer.session.id) {
      // this database belongs to another account, or to a device that is gone
      await this.core.api.signOut().catch(() => {});
      const other = old.account !== answer.account.id;
      throw problem(
        other ? "other_account" : "device_gone",
        other
          ? "This browser holds the data of another account; sign out there first."
          : "The server no longer knows this device; sign out to start anew.",
      );
    }
    const batch = new Batch();
    this.core.putSession(batch, {
      token: answer.token,
      approved: answer.session.state === "approved",
      kept: answer.deletion_cancelled === true,
      ...(answer.device_secret ? { deviceSecret: answer.device_secret } : {}),
    });
    await this.core.store.write(batch);
    await this.#profile(answer.account);
  }

  async #start(
    answer: { token: string; account: wire.Account; session: wire.Session },
    deviceSecret: string | null,
    verification: SessionRecord["verification"],
  ): Promise<void> {
    const { account, session, token } = answer;
    this.core.session = {
      token,
      deviceSecret,
      account: account.id,
      device: session.id,
      username: account.username,
      email: account.email,
      displayName: account.display_name,
      verified: account.verified,
      approved: session.state === "approved",
      prepared: false,
      revoked: false,
      verification,
      logEpoch: null,
      recovery: null,
    };
    await this.core.saveSession({});
  }

  async #profile(account: wire.Account): Promise<void> {
    await this.core.saveSession({
      username: account.username,
      email: account.email,
      displayName: account.display_name,
      verified: account.verified,
      erasedAfter: account.erased_after ? Date.parse(account.erased_after) : null,
      ...(account.verified ? { verification: null } : {}),
    });
  }

  async updateProfile(change: { displayName: string }): Promise<void> {
    await this.#profile(await this.core.api.updateAccount({ display_name: change.displayName }));
  }

  /**
   * Makes and publishes what is missing; repeated as often as need be until it
   * is through. A pending device publishes its key alone.
   */
  async prepare(): Promise<void> {
    const session = this.core.session!;
    let identity = await this.#takeBack(this.core.identity ?? (await this.#makeDevice()));
    if (!session.approved && !identity.accountPrivate) {
      await this.core.api.setDeviceKey(fromBase64url(identity.devicePublic));
      return;
    }

    if (!identity.accountPrivate) {
      const key = makeAccountKey();
      identity = this.#withAccount(identity, { accountPrivate: key.private, archiveKey: makeArchiveKey() });
      await this.core.saveIdentity(identity);
    }
    if (session.approved) {
      try {
        await this.core.api.setAccountKey(fromBase64url(identity.accountPublic!));
      } catch (error) {
        if (codeOf(error) !== "account_key_exists") throw error;
        // another device was first; this one has to be approved by it
        const { accountPublic, accountPrivate, archiveKey } = identity as SecretsRecord;
        const others = (identity.aside ?? []).filter((one) => one.accountPublic !== accountPublic);
        const aside = [...others, { accountPublic, accountPrivate, archiveKey }].slice(-ASIDE_MAX);
        await this.core.saveIdentity({ ...identity, accountPublic: null, accountPrivate: null, archiveKey: null, certificate: null, aside });
        await this.core.saveSession({ approved: false });
        throw error;
      }
    }
    await this.#certified(identity);
    await this.packages.refill();
    await this.directory.reread(session.account);
    await this.core.saveSession({ prepared: true });
  }

  /** What was put aside is this account's after all, says the directory: then it is used again. */
  async #takeBack(identity: IdentityRecord): Promise<IdentityRecord> {
    if (identity.accountPrivate || !identity.aside?.length) return identity;
    const said = await this.core.api.accountDevices(this.core.account).catch((error: unknown) => {
      if (error instanceof ProblemError && !error.retryable) return null; // a pending device may not ask
      throw error;
    });
    const found = identity.aside.find((one) => one.accountPublic === said?.public_key);
    if (!found) return identity;
    const back = { ...identity, ...found, certificate: null, aside: identity.aside.filter((one) => one !== found) };
    await this.core.saveIdentity(back);
    return back;
  }

  async #certified(identity: IdentityRecord): Promise<void> {
    const certificate = identity.certificate ?? this.#certify(identity);
    if (!identity.certificate) await this.core.saveIdentity({ ...identity, certificate });
    const device = await this.core.api.setDeviceKey(fromBase64url(identity.devicePublic), certificate);
    await this.core.saveSession({ approved: device.state === "approved" });
  }

  #certify(identity: IdentityRecord): wire.Certificate {
    const { created, signature } = certify(
      fromBase64url(identity.accountPrivate!),
      this.core.account,
      this.core.device,
      fromBase64url(identity.devicePublic),
      this.core.env.now(),
    );
    return { created, signature: toBase64url(signature) };
  }

  async #makeDevice(): Promise<IdentityRecord> {
    const key = makeDeviceKey();
    const identity: IdentityRecord = {
      devicePublic: toBase64url(key.public),
      devicePrivate: toBase64url(key.private),
      accountPublic: null,
      accountPrivate: null,
      archiveKey: null,
      certificate: null,
      resetting: false,
    };
    await this.core.saveIdentity(identity);
    return identity;
  }

  #withAccount(identity: IdentityRecord, secrets: AccountSecrets): IdentityRecord {
    return {
      ...identity,
      accountPrivate: toBase64url(secrets.accountPrivate),
      accountPublic: toBase64url(publicKey(secrets.accountPrivate)),
      archiveKey: toBase64url(secrets.archiveKey),
      certificate: null,
    };
  }

  /** A linked or recovered device takes the account's secrets, if they are this account's. */
  async adopt(secrets: AccountSecrets): Promise<void> {
    const identity = this.core.identity;
    if (!identity) throw problem("not_ready", "This device has no keys yet.");
    const adopted = this.#withAccount(identity, secrets);
    // another archive: what was saved in the one before isn't saved in it
    if (identity.archiveKey && adopted.archiveKey !== identity.archiveKey) await this.core.store.write(new Batch().remove(keys.archive));
    await this.core.saveIdentity(adopted);
    try {
      await this.prepare();
    } catch (error) {
      if (codeOf(error) !== "invalid_certificate") throw error;
      await this.core.saveIdentity(identity);
      throw problem("wrong_account_key", "These keys are not this account's any more.");
    }
  }

  get secrets(): AccountSecrets {
    const identity = this.core.identity;
    if (!identity?.accountPrivate || !identity.archiveKey) throw problem("not_ready", "This device has no account key.");
    return { accountPrivate: fromBase64url(identity.accountPrivate), archiveKey: fromBase64url(identity.archiveKey) };
  }

  /** A new account key; made and kept before it is asked for, so that a lost answer loses nothing. */
  async reset(password: string): Promise<void> {
    let identity = this.core.identity ?? (await this.#makeDevice());
    if (!identity.resetting) {
      identity = this.#withAccount(identity, { accountPrivate: makeAccountKey().private, archiveKey: makeArchiveKey() });
      identity.resetting = true;
      await this.core.saveIdentity(identity);
    }
    await this.core.api.resetAccountKey(fromBase64url(identity.accountPublic!), password);
    await this.core.saveIdentity({ ...identity, resetting: false, certificate: null });
    await this.core.store.write(new Batch().remove(keys.archive));
    await this.core.saveSession({ approved: true, prepared: false, recovery: false });
    await this.prepare();
  }

  /** What is left to be told to the server, which could not be reached: null when nothing is. */
  async signOut(wipe: boolean): Promise<LeavingRecord | null> {
    const session = this.core.session;
    let left: LeavingRecord | null = null;
    if (session?.token && !session.revoked) {
      try {
        // a device whose keys are forgotten must not stay in anybody's groups
        if (wipe && session.verified) await this.core.api.revokeDevice(session.device);
        else await this.core.api.signOut();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        // offline: the device is wiped nevertheless, and its end told when there is a connection
        if (error.retryable) left = { token: session.token, device: session.device, verified: session.verified };
      }
    }
    if (!wipe) await this.core.saveSession({ token: null });
    return left;
  }

  /** Tells the server of devices that were wiped while it could not be reached; true: nothing is left. */
  async tellLeft(): Promise<boolean> {
    for (const { key, value } of await this.core.store.all<LeavingRecord>(keys.leaving)) {
      try {
        await this.core.api.leave(value.token, value.verified ? value.device : null);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.retryable) return false; // else it is gone already
      }
      await this.core.store.write(new Batch().remove(key));
    }
    return true;
  }

  #named(name?: string): { device_name?: string; device_platform?: string } {
    const device_name = name ?? this.device.name;
    return {
      ...(device_name ? { device_name } : {}),
      ...(this.device.platform ? { device_platform: this.device.platform } : {}),
    };
  }
}
