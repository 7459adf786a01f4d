// The operations of the API that this client uses, typed; each is one HTTP request.

import { fromBase64url, toBase64url } from "./bytes.ts";
import type { Frame } from "./frame.ts";
import type { Answer, Call, Http } from "./http.ts";
import { problem } from "./problem.ts";
import type * as t from "./api-types.ts";

const LIST_LIMIT = 100;
/** Pages of a list; a server that always has another one would be read for ever. */
const LIST_PAGES = 500;

function only(frames: Frame[]): Frame {
  if (frames.length !== 1) throw problem("bad_answer", "The server's answer has not one frame.");
  return frames[0]!;
}

export class Api {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async #json<T>(call: Call): Promise<T> {
    return (await this.#http.call(call)).json as T;
  }

  #nothing(call: Call): Promise<Answer> {
    return this.#http.call(call);
  }

  // ---- server, accounts, sessions ----

  server(): Promise<t.Server> {
    return this.#json({ method: "GET", path: "server", token: null });
  }

  register(input: {
    username: string;
    email: string;
    password: string;
    display_name?: string;
    device_name?: string;
    device_platform?: string;
    invitation?: string;
  }): Promise<t.Registered> {
    return this.#json({ method: "POST", path: "accounts", json: input, token: null });
  }

  /** login and password, beside them a second factor where there is one; or a passkey alone */
  signIn(input: t.Proof & {
    login?: string;
    device_name?: string;
    device_platform?: string;
    session?: string;
    device_secret?: string;
  }): Promise<t.SignedIn> {
    return this.#json({ method: "POST", path: "sessions", json: input, token: null });
  }

  signOut(): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: "sessions/current" });
  }

  /** Ends a session that isn't this client's any more, and its device with it if one is named. */
  leave(token: string, device: string | null): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: device ? `devices/${device}` : "sessions/current", token });
  }

  account(): Promise<t.Account> {
    return this.#json({ method: "GET", path: "account" });
  }

  updateAccount(change: { display_name?: string }): Promise<t.Account> {
    return this.#json({ method: "PATCH", path: "account", json: change });
  }

  lookup(username: string): Promise<t.Person> {
    return this.#json({ method: "GET", path: "accounts", query: { username } });
  }

  resend(sendAttempt: number): Promise<t.Verification> {
    return this.#json({ method: "POST", path: "verifications", json: { send_attempt: sendAttempt } });
  }

  confirm(verification: string, input: { code: string; username?: string }): Promise<{ account: t.Account }> {
    return this.#json({ method: "POST", path: `verifications/${verification}/confirm`, json: input });
  }

  // ---- proofs, second factors, password resets ----

  prove(proof: t.Proof): Promise<{ expires: string }> {
    return this.#json({ method: "POST", path: "proofs", json: proof });
  }

  factors(): Promise<t.Factors> {
    return this.#json({ method: "GET", path: "account/factors" });
  }

  makeTotp(): Promise<t.NewTotp> {
    return this.#json({ method: "POST", path: "account/totp" });
  }

  confirmTotp(code: string): Promise<t.BackupCodes> {
    return this.#json({ method: "POST", path: "account/totp/confirm", json: { code } });
  }

  removeTotp(): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: "account/totp" });
  }

  renewBackupCodes(): Promise<t.BackupCodes> {
    return this.#json({ method: "POST", path: "account/backup_codes" });
  }

  passkeyOptions(): Promise<{ public_key: object }> {
    return this.#json({ method: "POST", path: "account/passkeys/options" });
  }

  addPasskey(input: { client_data: string; attestation_object: string; name?: string }): Promise<t.BackupCodes & { passkey: t.Passkey }> {
    return this.#json({ method: "POST", path: "account/passkeys", json: input });
  }

  async passkeys(): Promise<t.Passkey[]> {
    return (await this.#json<{ items: t.Passkey[] }>({ method: "GET", path: "account/passkeys" })).items;
  }

  renamePasskey(passkey: string, name: string): Promise<t.Passkey> {
    return this.#json({ method: "PATCH", path: `account/passkeys/${passkey}`, json: { name } });
  }

  removePasskey(passkey: string): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: `account/passkeys/${passkey}` });
  }

  /** For signing in; with a session, for its proof. */
  passkeyChallenge(session?: string): Promise<{ public_key: object; expires: string }> {
    const json = session ? { purpose: "proof", session } : {};
    return this.#json({ method: "POST", path: "passkeys/challenge", json, token: null });
  }

  askPasswordReset(email: string, sendAttempt: number): Promise<t.Verification> {
    const json = { email, send_attempt: sendAttempt };
    return this.#json({ method: "POST", path: "password_resets", json, token: null });
  }

  resetPassword(reset: string, input: { code?: string; link?: string; password: string }): Promise<Answer> {
    return this.#nothing({ method: "POST", path: `password_resets/${reset}/confirm`, json: input, token: null });
  }

  // ---- password, address, sessions, the log, blocking, export, deletion ----

  changePassword(input: { current_password: string; password: string; keep_sessions: boolean }): Promise<Answer> {
    return this.#nothing({ method: "PUT", path: "account/password", json: input });
  }

  askEmail(email: string, sendAttempt: number): Promise<t.Verification> {
    return this.#json({ method: "POST", path: "account/email", json: { email, send_attempt: sendAttempt } });
  }

  confirmEmail(change: string, code: string): Promise<Answer> {
    return this.#nothing({ method: "POST", path: `email_changes/${change}/confirm`, json: { code } });
  }

  endOtherSessions(): Promise<Answer> {
    return this.#nothing({ method: "POST", path: "sessions/end_others" });
  }

  revokeOtherDevices(): Promise<Answer> {
    return this.#nothing({ method: "POST", path: "devices/revoke_others" });
  }

  audit(cursor?: string): Promise<{ items: t.AuditEntry[]; next: string | null }> {
    return this.#json({ method: "GET", path: "account/audit", query: { cursor } });
  }

  exportPage(cursor?: string): Promise<{ items: object[]; next: string | null }> {
    return this.#json({ method: "GET", path: "account/export", query: { cursor } });
  }

  deleteAccount(): Promise<{ erased_after: string }> {
    return this.#json({ method: "POST", path: "account/delete" });
  }

  cancelDeletion(): Promise<Answer> {
    return this.#nothing({ method: "POST", path: "account/delete/cancel" });
  }

  async blocks(): Promise<t.Block[]> {
    return (await this.#json<{ items: t.Block[] }>({ method: "GET", path: "blocks" })).items;
  }

  block(account: string): Promise<Answer> {
    return this.#nothing({ method: "PUT", path: `blocks/${account}` });
  }

  unblock(account: string): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: `blocks/${account}` });
  }

  // ---- account key, devices, linking ----

  setAccountKey(publicKey: Uint8Array): Promise<t.AccountKey> {
    return this.#json({ method: "PUT", path: "account/key", json: { public_key: toBase64url(publicKey) } });
  }

  resetAccountKey(publicKey: Uint8Array, password: string): Promise<t.AccountKey> {
    const json = { public_key: toBase64url(publicKey), password };
    return this.#json({ method: "POST", path: "account/key/reset", json });
  }

  setDeviceKey(signatureKey: Uint8Array, certificate?: t.Certificate): Promise<t.Device> {
    const json = { signature_key: toBase64url(signatureKey), ...(certificate ? { certificate } : {}) };
    return this.#json({ method: "PUT", path: "devices/current/key", json });
  }

  async devices(): Promise<t.Device[]> {
    return (await this.#json<{ items: t.Device[] }>({ method: "GET", path: "devices" })).items;
  }

  renameDevice(device: string, name: string): Promise<t.Device> {
    return this.#json({ method: "PATCH", path: `devices/${device}`, json: { name } });
  }

  revokeDevice(device: string): Promise<Answer> {
    return this.#nothing({ method: "DELETE", path: `devices/${device}` });
  }

  approveDevice(device: string, certificate: t.Certificate): Promise<t.Device> {
    return this.#json({ method: "POST", path: `devices/${device}/approve`, json: { certificate } });
  }

  putLink(device: string, step: t.LinkStep, data?: Uint8Array): Promise<t.Device> {
    const json = { step, ...(data ? { data: toBase64url(data) } : {}) };
    return this.#json({ method: "PUT", path: `devices/${device}/link`, json });
  }

  accountDevices(account: string): Promise<t.AccountDevices> {
    return this.#json({ method: "GET", path: `accounts/${account}/devices` });
  }

  // ---- recovery, archive ----

  setRecovery(data: Uint8Array): Promise<{ updated: string; size: number }> {
    return this.#json({ method: "PUT", path: "account/recovery", json: { data: toBase64url(data) } });
  }

  async recovery(): Promise<Uint8Array> {
    return fromBase64url((await this.#json<{ data: string }>({ method: "GET", path: "account/recovery" })).data);
  }

  putArchive(part: number, payload: Uint8Array): Promise<t.ArchivePart> {
    return this.#json({ method: "PUT", path: `account/archive/${part}`, frame: { header: {}, payload } });
  }

  archive(): Promise<{ items: t.ArchivePart[]; bytes: number }> {
    return this.#json({ method: "GET", path: "account/archive" });
  }

  async archivePart(part: number): Promise<Uint8Array> {
    const call: Call = { method: "GET", path: `account/archive/${part}`, accept: "frames" };
    return only((await this.#http.call(call)).frames).payload;
  }

  // ---- key packages ----

  uploadKeyPackages(packages: readonly Uint8Array[], lastResort?: Uint8Array): Promise<t.KeyPackageCount> {
    const json = {
      key_packages: packages.map(toBase64url),
      ...(lastResort ? { last_resort: toBase64url(lastResort) } : {}),
    };
    return this.#json({ method: "POST", path: "key_packages", json });
  }

  keyPackageCount(): Promise<t.KeyPackageCount> {
    return this.#json({ method: "GET", path: "key_packages/count" });
  }

  async claim(account: string, suite: number, devices?: readonly string[]): Promise<t.ClaimedDevice[]> {
    const json = { cipher_suite: suite, ...(devices ? { devices } : {}) };
    const path = `accounts/${account}/key_packages/claim`;
    return (await this.#json<{ devices: t.ClaimedDevice[] }>({ method: "POST", path, json })).devices;
  }

  // ---- conversations ----

  /** All of them, the latest active first. */
  async conversations(): Promise<t.Conversation[]> {
    const all: t.Conversation[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      if (pages++ >= LIST_PAGES) throw problem("bad_answer", "The server's list of conversations has no end.", { pages: LIST_PAGES });
      const page: { items: t.Conversation[]; next: string | null } = await this.#json({
        method: "GET",
        path: "conversations",
        query: { limit: LIST_LIMIT, cursor },
      });
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  conversation(id: string): Promise<t.Conversation> {
    return this.#json({ method: "GET", path: `conversations/${id}` });
  }

  direct(account: string): Promise<t.Conversation> {
    return this.#json({ method: "PUT", path: `conversations/direct/${account}`, json: { payload: "mls" } });
  }

  read(conversation: string, seq: number): Promise<unknown> {
    return this.#json({ method: "POST", path: `conversations/${conversation}/read`, json: { seq } });
  }

  async entries(conversation: string, after: number, limit: number): Promise<Frame[]> {
    const call: Call = {
      method: "GET",
      path: `conversations/${conversation}/entries`,
      query: { after, limit },
      accept: "frames",
    };
    return (await this.#http.call(call)).frames;
  }

  sendEntry(conversation: string, header: { client_id: string; epoch: number }, payload: Uint8Array): Promise<t.Sent> {
    return this.#json({ method: "POST", path: `conversations/${conversation}/entries`, frame: { header, payload } });
  }

  /** payload: commit, welcome and GroupInfo, one after the other. */
  commit(
    conversation: string,
    header: { client_id: string; commit_size: number; welcome_size: number; group_info_size: number },
    payload: Uint8Array,
  ): Promise<t.Committed> {
    return this.#json({ method: "POST", path: `conversations/${conversation}/commits`, frame: { header, payload } });
  }

  async groupInfo(conversation: string): Promise<Uint8Array> {
    const call: Call = { method: "GET", path: `conversations/${conversation}/group_info`, accept: "frames" };
    return only((await this.#http.call(call)).frames).payload;
  }

  resetGroup(conversation: string, groupId: string, epoch: number): Promise<t.Conversation> {
    return this.#json({ method: "POST", path: `conversations/${conversation}/reset`, json: { group_id: groupId, epoch } });
  }

  // ---- private conversations ----

  offerPrivate(account: string): Promise<t.Conversation> {
    return this.#json({ method: "POST", path: "conversations/private", json: { account } });
  }

  acceptPrivate(conversation: string, keyPackage: Uint8Array): Promise<t.Conversation> {
    const json = { key_package: toBase64url(keyPackage) };
    return this.#json({ method: "POST", path: `conversations/${conversation}/accept`, json });
  }

  declinePrivate(conversation: string): Promise<Answer> {
    return this.#nothing({ method: "POST", path: `conversations/${conversation}/decline` });
  }

  closePrivate(conversation: string): Promise<Answer> {
    return this.#nothing({ method: "POST", path: `conversations/${conversation}/close` });
  }
}
