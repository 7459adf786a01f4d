// What applications see of a client. Plain data and one interface, Client;
// nothing here knows a framework, a transport or a store.

import type { Problem } from "../net/index.ts";
import type { Millis, Timeline } from "./row-types.ts";
import type { Life } from "./life.ts";
import type { Proof, Security } from "./security.ts";

export { problem, ProblemError, type Problem } from "../net/index.ts";

export type * from "./row-types.ts";
export type { AuditPage, AuditView, BlockView, EmailChange, ExportPage, Life } from "./life.ts";
export type {
  FactorName, FactorsView, NewPasskey, NewTotp, PasskeyAssertion, PasskeyChallenge, PasskeyView, PasswordReset, Proof, Security,
} from "./security.ts";

/** Where the account and this device stand; what an app shows follows from it. */
export type SessionState =
  | "opening" // the database is being read
  | "locked_by_other_tab" // another tab of this browser runs the engine: takeOver()
  | "signed_out" // register() or signIn()
  | "unverified" // verify(code) or resend()
  | "preparing" // keys are being made and published
  | "pending" // signed in, but no other device or recovery key approved this device yet
  | "recovering" // the recovery key was accepted; keys and history are being fetched
  | "ready"
  | "soft_signed_out" // the token ended; keys and history are kept: signIn()
  | "revoked" // this device was removed; nothing is left but signOut({ wipe: true })
  | "storage_failed"; // the database refuses writes (full, or gone): retryStorage()

export type ConnectionState = "offline" | "connecting" | "syncing" | "online";

export interface Connection {
  state: ConnectionState;
  since: Millis;
  /** when the next attempt starts, while offline and waiting */
  retryAt: Millis | null;
  /** entries that the server still holds for this device, while syncing */
  pending: number;
  /** the last reason why it is offline, if it is worth saying */
  problem: Problem | null;
}

export interface Me {
  account: string;
  device: string;
  username: string;
  email: string;
  displayName: string;
  verified: boolean;
  /** the recovery key was made and confirmed on some device; null: not known yet */
  recovery: boolean | null;
  /** when the account is to be erased; null: it isn't */
  erasedAfter: Millis | null;
  /** a sign-in on this device kept it from that: life.keptSeen() */
  kept: boolean;
}

export interface Person {
  account: string;
  username: string;
  displayName: string;
  /** the safety number was compared and said to be equal */
  verified: boolean;
  /** the account's key changed and nobody has looked at it since */
  keyChanged: boolean;
  /** the account's key as it is pinned, base64url: another one, another safety number */
  key: string | null;
}

export type PrivateState = "offered" | "accepted" | "active" | "closed";

export interface ConversationView {
  id: string;
  kind: "direct" | "private" | "group";
  title: string;
  /** the other side of direct and private conversations */
  peer: Person | null;
  unread: number;
  preview: Preview | null;
  /** time of the last entry, or of its opening */
  time: Millis;
  verified: boolean;
  keyChanged: boolean;
  /** why nothing is sent for now; null: all is well */
  blocked: Blocked | null;
  draft: string;
  /** messages of the outbox, those that failed included */
  queued: number;
  failed: number;
  private: PrivateView | null;
  /** this device can read and write now (has a leaf in the group, or will make the group) */
  joined: boolean;
  /** devices of the members that couldn't be added: they have no key package */
  missingDevices: number;
}

export type Blocked =
  | "by_you" // this account blocks the other one: life.unblock()
  | "key_changed" // a verified person's key changed: acknowledgeKeyChange()
  | "not_joined" // waiting for a device to add this one, or for the rejoin
  | "refused" // the group has a device that nobody certified; resetGroup() is the last resort
  | "no_devices" // nobody on the other side has a device that could read it
  | "private_waiting" // the offer isn't accepted yet, or the group isn't made yet
  | "other_device" // a private conversation of another device of this account
  | "closed";

export interface PrivateView {
  state: PrivateState;
  /** this account offered it */
  mine: boolean;
  /** this device is one of the two */
  here: boolean;
  /** this device may accept or decline */
  canAccept: boolean;
  fromDevice: string;
  toDevice: string | null;
  expires: Millis | null;
}

export interface Preview {
  text: string;
  mine: boolean;
  kind: "text" | "other" | "undecryptable" | "info";
}

export interface DeviceView {
  id: string;
  name: string;
  platform: string;
  state: "pending" | "approved";
  current: boolean;
  created: Millis;
  lastSeen: Millis | null;
  /** the network that it was last seen from, a /24 or /48 */
  address: string | null;
  /** false: it has to sign in again before it can do anything */
  signedIn: boolean;
  /** its certificate is right under this account's key */
  certified: boolean;
  /** it asks to be approved: see approveStart() */
  asksToLink: boolean;
}

/** Linking as seen by the device that wants in. */
export interface LinkView {
  state: "offered" | "compare" | "waiting" | "done" | "failed";
  /** text of the QR code that an approved device scans */
  qr: string;
  /** "123 456", once an approved device answered; both screens must show the same */
  sas: string | null;
  expires: Millis;
  problem: Problem | null;
}

/** Linking as seen by the device that approves. */
export interface ApprovalView {
  device: string;
  name: string;
  platform: string;
  state: "answered" | "compare" | "sealing" | "done" | "failed";
  /** null when a QR code proved the other side */
  sas: string | null;
  expires: Millis;
  problem: Problem | null;
}

export interface SafetyNumber {
  /** 12 groups of 5 digits */
  digits: string;
  groups: string[];
  /** bytes of the QR code */
  qr: Uint8Array;
  verified: boolean;
}

export interface StorageUse {
  usage: number | null;
  quota: number | null;
  persisted: boolean | null;
}

export interface ArchiveView {
  state: "off" | "idle" | "saving" | "restoring" | "full" | "failed";
  /** rows restored so far by this run */
  restored: number;
  parts: number;
  bytes: number;
  /** parts that the server shows as they were before, not as this device knows them */
  older: readonly number[];
}

export interface Snapshot {
  session: SessionState;
  connection: Connection;
  me: Me | null;
  conversations: readonly ConversationView[];
  unread: number;
  /** own devices, as last read by loadDevices(); null before */
  devices: readonly DeviceView[] | null;
  link: LinkView | null;
  approval: ApprovalView | null;
  archive: ArchiveView;
  server: ServerInfo | null;
  /** the address that waits for its code, while unverified */
  verification: { email: string; expires: Millis } | null;
  /** a device of this browser was wiped, and the server could not be told yet: that is done when it can be reached */
  leaving: boolean;
  /** a refusal that concerns no single call: revoked, storage full, limits */
  problem: Problem | null;
}

export interface ServerInfo {
  name: string;
  version: string;
  registration: "open" | "invite" | "closed";
  limits: Record<string, number>;
  /** 64 hex digits; null when the server doesn't say */
  webBuild: string | null;
  /** the domain its passkeys belong to; null: it takes none */
  passkeys: string | null;
}

export interface RegisterInput {
  username: string;
  email: string;
  password: string;
  displayName?: string;
  deviceName?: string;
  /** the token, where the server takes new accounts by invitation only */
  invitation?: string;
}

/** Name and password, beside them a second factor where there is one; or a passkey alone. */
export interface SignInInput extends Proof {
  login?: string;
  deviceName?: string;
}

/**
 * The client. Every promise is rejected by a ProblemError (its problem has the
 * server's code, or one of the client's own: offline, bad_recovery_key,
 * safety_mismatch, message_too_long, not_ready, storage_full, …).
 */
export interface Client {
  /** The newest state; the object is replaced, never changed. */
  snapshot(): Snapshot;
  /** Called after each change of the snapshot, at most once a turn of the event loop. */
  subscribe(listener: () => void): () => void;

  register(input: RegisterInput): Promise<void>;
  /** The code of the mail; username: another one, when it was taken meanwhile. */
  verify(code: string, username?: string): Promise<void>;
  resend(): Promise<void>;
  /** Asks at once whether the mail's link was used; while unverified it is asked every few seconds. */
  checkVerified(): Promise<void>;
  signIn(input: SignInInput): Promise<void>;
  /** wipe: also forgets keys and history on this device, and revokes the device. */
  signOut(options: { wipe: boolean }): Promise<void>;
  /** Proofs, second factors, password resets. */
  readonly security: Security;
  /** Password, address, sessions, the log, blocking, export, deletion. */
  readonly life: Life;

  /** For who lost all devices and the recovery key: a new account key; others are told. */
  resetAccountKey(password: string): Promise<void>;

  /** Follows a username; the answer is who it is, or null. */
  findPerson(username: string): Promise<Person | null>;
  /** The conversation with the account of that username; opened if need be. */
  addPerson(username: string): Promise<string>;
  openDirect(account: string): Promise<string>;

  timeline(conversation: string): Promise<Timeline>;
  /** Queues a message; resolved when it is stored on this device. Its row's id. */
  send(conversation: string, text: string): Promise<string>;
  retry(conversation: string, id: string): Promise<void>;
  /** Takes a message out of the outbox; false when the server has it already. */
  cancel(conversation: string, id: string): Promise<boolean>;
  setDraft(conversation: string, text: string): Promise<void>;
  /** Says that the person has seen everything up to the row of that sequence number. */
  markRead(conversation: string, seq: number): Promise<void>;

  offerPrivate(account: string): Promise<string>;
  acceptPrivate(conversation: string): Promise<void>;
  declinePrivate(conversation: string): Promise<void>;
  closePrivate(conversation: string): Promise<void>;
  /** Removes a closed private conversation from this device. */
  forgetPrivate(conversation: string): Promise<void>;

  loadDevices(): Promise<readonly DeviceView[]>;
  renameDevice(device: string, name: string): Promise<void>;
  revokeDevice(device: string): Promise<void>;

  /** On the new device (pending): shows a QR code and waits for an answer. */
  linkStart(): Promise<void>;
  linkCancel(): Promise<void>;
  /** On the new device: the person compared the digits of both screens. */
  linkConfirm(): Promise<void>;
  /** On an approved device: answers a device that asks; with qr, proved by what was scanned. */
  approveStart(device: string, qr?: string): Promise<void>;
  /** From a scanned code alone: finds the device it belongs to and answers it. */
  approveQr(qr: string): Promise<void>;
  /** On an approved device: the person says that both screens show the same digits. */
  approveConfirm(): Promise<void>;
  approveCancel(): Promise<void>;

  /** Makes a recovery key; shown once, in force when confirmed. */
  recoveryMake(): Promise<string>;
  /** The person typed it again (or said it is kept): uploads what it wraps. */
  recoveryConfirm(text: string): Promise<void>;
  /** Whether a recovery key is right for what the server keeps now. */
  recoveryCheck(text: string): Promise<boolean>;
  /** On a pending device. */
  recoveryUse(text: string): Promise<void>;

  safetyNumber(conversation: string): Promise<SafetyNumber>;
  /** true when what was scanned is the other side of the same number; marks verified. */
  safetyScan(conversation: string, scanned: Uint8Array): Promise<boolean>;
  setVerified(conversation: string, verified: boolean): Promise<void>;
  acknowledgeKeyChange(conversation: string): Promise<void>;
  /** The last resort for a broken group: everybody starts it anew. */
  resetGroup(conversation: string): Promise<void>;

  updateProfile(change: { displayName: string }): Promise<void>;
  storageUse(): Promise<StorageUse>;
  /** Asks the browser to keep the database; what it answered. */
  persist(): Promise<boolean>;
  /** Everything this device can read, as a JSON file. */
  exportData(): Promise<Blob>;
  /** Saves new history to the own archive now, and fetches what other devices saved. */
  archiveNow(): Promise<void>;
  /** Connects now instead of at retryAt. */
  reconnect(): void;
  /** In a tab that doesn't run the engine: asks the one that does to hand over. */
  takeOver(): Promise<void>;
  /** After storage_failed. */
  retryStorage(): Promise<void>;
  /** Stops timers and the connection, closes the database; nothing is lost. */
  close(): Promise<void>;
}

/** What a client needs from where it runs; openClient() fills in a browser's own. */
export interface ClientOptions {
  /** base of the API: "/api/v1/" or "https://chat.example.org/api/v1/" */
  base: string;
  /** name of the database; one account each */
  name?: string;
  deviceName?: string;
  devicePlatform?: string;
}
