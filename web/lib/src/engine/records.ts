// What is kept in the store, and under which keys.

import type { Problem, wire } from "../net/index.ts";
import type { InfoRow, Millis, Next, Why } from "./types.ts";

export interface VerificationRecord {
  id: string;
  sendAttempt: number;
  expires: Millis;
}

/** key "session" */
export interface SessionRecord {
  token: string | null;
  deviceSecret: string | null;
  account: string;
  device: string;
  username: string;
  email: string;
  displayName: string;
  verified: boolean;
  approved: boolean;
  /** account key, device key and key packages are published */
  prepared: boolean;
  revoked: boolean;
  verification: VerificationRecord | null;
  /** the log that cursors count in */
  logEpoch: string | null;
  recovery: boolean | null;
  /** when the account is to be erased */
  erasedAfter?: number | null;
  /** a sign-in on this device kept the account from that, and nobody has said so yet */
  kept?: boolean;
}

/** key "identity"; bytes as base64url */
export interface IdentityRecord {
  devicePublic: string;
  devicePrivate: string;
  accountPublic: string | null;
  accountPrivate: string | null;
  archiveKey: string | null;
  certificate: wire.Certificate | null;
  /** the account's key is to be published under this device's session */
  resetting: boolean;
  /** secrets that the server said aren't this account's: its word alone destroys none */
  aside?: SecretsRecord[];
}

export interface SecretsRecord {
  accountPublic: string;
  accountPrivate: string;
  archiveKey: string;
}

export interface MemberRecord {
  account: string;
  username: string;
  displayName: string;
  delivered: number;
  read: number;
}

/** key "conversation/ID" */
export interface ConversationRecord {
  id: string;
  kind: "self" | "direct" | "private" | "group";
  payload: "opaque" | "mls";
  title: string | null;
  members: MemberRecord[];
  state: "open" | "closed";
  private: wire.Private | null;
  /** sequence number that is stored; the next entry has a higher one */
  cursor: number;
  /** rows of an earlier log stand below: position = base + sequence number */
  base: number;
  lastSeq: number;
  /** own messages whose number an answer said before the log showed it: sequence number to message */
  ahead?: Record<number, string>;
  /** the server's, as of the last entry or representation */
  epoch: number;
  groupId: string;
  suite: number;
  leaves: wire.ServerLeaf[];
  /** position up to which the person has read */
  read: number;
  unread: number;
  preview: { text: string; mine: boolean; kind: "text" | "other" | "undecryptable" | "info" } | null;
  time: Millis;
  draft: string;
  /** devices that no key package was to be had for, and when to ask again */
  missing: { devices: string[]; retryAt: Millis; tries: number } | null;
  /** attempts to rejoin or to make the group that failed since the last success */
  failures: number;
  /** a leaf was refused: nothing is sent into this group */
  refused: boolean;
  /** of private conversations: the devices' safety number was compared */
  verified: boolean;
  /** it was closed and the person removed it from this device */
  hidden: boolean;
  /** this account blocks the other one of the two */
  blocking?: boolean;
}

/** key "group/ID", bytes: the saved state */
export interface GroupRecord {
  epoch: number;
  /** last own commit with a path */
  updated: Millis;
  /** messages sent since */
  sent: number;
  /** what made the state useless; null: it is good */
  broken: "missed" | "damaged" | "lost_commit" | null;
}

/** key "pending/ID", bytes: next state, commit, welcome, GroupInfo, as frames */
export interface PendingRecord {
  clientId: string;
  epoch: number;
  kind: "create" | "change" | "update" | "external";
}

/** key "package/REF", bytes: message and secret, as frames */
export interface PackageRecord {
  ref: string;
  lastResort: boolean;
  expires: Millis;
  /** the private conversation that it was given to */
  conversation: string | null;
}

export interface KnownDevice {
  device: string;
  signatureKey: string;
}

/** key "person/ACCOUNT" */
export interface PersonRecord {
  account: string;
  username: string;
  displayName: string;
  /** pinned at first sight */
  publicKey: string | null;
  version: number;
  verified: boolean;
  keyChanged: boolean;
  /** it was verified when it changed: nothing is sent until the person says so */
  mustConfirm: boolean;
  /** certified under the pinned key, or an earlier one: those that are there now */
  devices: KnownDevice[];
  /** certified once, revoked since; their leaves may still be in a group */
  former: KnownDevice[];
  fetched: Millis;
}

/** key "outbox/CONVERSATION/ORDER", bytes: the ciphertext of the last attempt */
export interface OutboxRecord {
  id: string;
  conversation: string;
  order: number;
  text: string;
  created: Millis;
  /** of the ciphertext */
  epoch: number | null;
  attempts: number;
  failed: Problem | null;
}

/** key "row/CONVERSATION/POSITION" */
export type RowRecord =
  | {
      type: "message";
      seq: number;
      time: Millis;
      id: string;
      mine: boolean;
      sender: string;
      device: string;
      text: string;
      sent: Millis;
      restored: boolean;
    }
  | { type: "info"; seq: number; time: Millis; info: InfoRow["info"]; account: string | null; devices: number }
  | { type: "key_change"; seq: number; time: Millis; account: string; wasVerified: boolean }
  | { type: "undecryptable"; seq: number; time: Millis; why: Why; next: Next; sender: string | null }
  | { type: "expired"; seq: number; time: Millis; count: number };

/** key "leaving/DEVICE": a device of this browser that was wiped while the server could not be reached */
export interface LeavingRecord {
  token: string;
  device: string;
  verified: boolean;
}

/** key "link": the linking that this pending device started, bytes: its offer and private part */
export interface LinkRecord {
  expires: Millis;
  offer: string;
  private: string;
}

/** key "archive" */
export interface ArchiveRecord {
  /** own parts: their number, when the server said they were written, the rows in them */
  parts: Array<{ part: number; updated: string; rows: number; bytes: number }>;
  /** parts of other devices that were merged: number to `updated` */
  seen: Record<string, string>;
  /** the highest revision of each part that this device wrote or read; a lower one is an old copy */
  revisions?: Record<string, number>;
  /** position up to which a conversation's rows are in some archive part */
  saved: Record<string, number>;
}

const DIGITS = 16;

export const keys = {
  session: "session",
  identity: "identity",
  link: "link",
  leaving: "leaving/",
  leavingOf: (device: string) => `leaving/${device}`,
  archive: "archive",
  conversations: "conversation/",
  conversation: (id: string) => `conversation/${id}`,
  group: (id: string) => `group/${id}`,
  pending: (id: string) => `pending/${id}`,
  packages: "package/",
  package: (ref: string) => `package/${ref}`,
  people: "person/",
  person: (account: string) => `person/${account}`,
  outbox: "outbox/",
  outboxItem: (conversation: string, order: number) => `outbox/${conversation}/${pad(order)}`,
  seenIn: (conversation: string) => `seen/${conversation}/`,
  /** a message that is shown, by the device that wrote it and its own id */
  seen: (conversation: string, device: string, id: string) => `seen/${conversation}/${device}/${id}`,
  rows: (conversation: string) => `row/${conversation}/`,
  row: (conversation: string, position: number) => `row/${conversation}/${pad(position)}`,
};

/** Positions may have halves: an info row between two entries. */
function pad(position: number): string {
  return position.toFixed(3).padStart(DIGITS + 4, "0");
}

export function positionOf(rowKey: string): number {
  return Number(rowKey.slice(rowKey.lastIndexOf("/") + 1));
}
