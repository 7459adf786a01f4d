// A timeline and its rows, as applications see them.

import type { Problem } from "../net/index.ts";

/** Milliseconds since 1970. */
export type Millis = number;

export type RowState = "queued" | "sending" | "accepted" | "delivered" | "read" | "failed";

/** Why an entry can't be shown. */
export type Why =
  | "too_old" // its keys are no longer kept
  | "state_lost" // this device had lost its state when it was sent
  | "not_joined" // sent before this device was in the group
  | "own_elsewhere" // sent by this very device, whose copy was lost
  | "removed_device" // sent by a device that was removed before it arrived
  | "replayed" // a number that was used before: it is not shown twice
  | "forged" // its sender or signature isn't who it says
  | "refused" // it would add a device that its account didn't certify
  | "malformed"
  | "newer_client"; // decrypted, but of a type that this client doesn't know

/** What happens next about it. */
export type Next = "nothing" | "rejoining" | "restore" | "ask_sender" | "update_client" | "reset";

interface RowBase {
  /** stable while the row lives; queued rows keep theirs when they are accepted */
  key: string;
  /** where it stands in the timeline; queued rows come after all others */
  position: number;
  /** the entry's sequence number; null while queued */
  seq: number | null;
  time: Millis;
}

export interface MessageRow extends RowBase {
  type: "message";
  id: string;
  mine: boolean;
  /** account and device that wrote it, as the encryption proves it */
  sender: string;
  senderName: string;
  device: string;
  text: string;
  state: RowState;
  /** why it failed */
  problem: Problem | null;
  /** came from the archive, not from the conversation's log */
  restored: boolean;
}

export interface InfoRow extends RowBase {
  type: "info";
  /** group_made, device_added, device_removed, rejoined, may_be_missing, group_reset, private_closed */
  info: string;
  account: string | null;
  accountName: string;
  devices: number;
}

export interface KeyChangeRow extends RowBase {
  type: "key_change";
  account: string;
  accountName: string;
  wasVerified: boolean;
}

export interface UndecryptableRow extends RowBase {
  type: "undecryptable";
  why: Why;
  next: Next;
  /** what the server says of the sender; unproven */
  sender: string | null;
  senderName: string;
}

export interface ExpiredRow extends RowBase {
  type: "expired";
  /** how many entries the server no longer had for this device */
  count: number;
}

export type Row = MessageRow | InfoRow | KeyChangeRow | UndecryptableRow | ExpiredRow;

/** A window of one conversation's rows, oldest first, that follows what arrives. */
export interface Timeline {
  conversation: string;
  rows(): readonly Row[];
  /** older rows exist on this device */
  hasBefore(): boolean;
  /** newer rows exist that the window doesn't show */
  hasAfter(): boolean;
  /** position of the first row that the person hasn't read, as it was when the timeline was opened */
  unreadFrom(): number | null;
  loadBefore(count?: number): Promise<void>;
  loadAfter(count?: number): Promise<void>;
  /** shows the newest rows again */
  toEnd(): Promise<void>;
  subscribe(listener: () => void): () => void;
  close(): void;
}
