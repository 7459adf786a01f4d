// What the API's JSON looks like (docs/openapi.yaml), as far as this client reads it.

export interface Limits {
  [name: string]: number;
}

export interface Server {
  name: string;
  version: string;
  api: string[];
  feature_level: number;
  time: string;
  registration: "open" | "invite" | "closed";
  limits: Limits;
  /** SHA-256 of the web files that the operator serves */
  web_build?: string | null;
  /** the domain that its passkeys belong to */
  passkey_rp_id?: string | null;
}

export interface Account {
  id: string;
  username: string;
  email: string;
  verified: boolean;
  display_name: string;
  created: string;
  /** its deletion was asked for; null or absent: it wasn't */
  erased_after?: string | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  action: string;
  outcome: string;
  session: string | null;
  device_name: string | null;
  address: string | null;
  target: string | null;
}

export interface Block {
  account: string;
  username: string;
  display_name: string;
  created: string;
}

export interface Person {
  id: string;
  username: string;
  display_name: string;
}

export interface Session {
  id: string;
  name: string;
  platform: string;
  state: "pending" | "approved";
  created: string;
  expires: string;
}

export interface Verification {
  id: string;
  send_attempt: number;
  expires: string;
  link_expires: string;
}

export interface Registered {
  token: string;
  device_secret: string;
  account: Account;
  session: Session;
  verification: Verification;
}

export interface SignedIn {
  token: string;
  account: Account;
  session: Session;
  device_secret?: string;
  resumed?: boolean;
  /** the account was to be erased, which this sign-in ended */
  deletion_cancelled?: boolean;
}

export interface Certificate {
  created: number;
  signature: string;
}

export interface AccountKey {
  public_key: string;
  version: number;
}

export type LinkStep = "offer" | "answer" | "reveal" | "sealed" | "cancel";

export interface Link {
  offer: string | null;
  answer: string | null;
  reveal: string | null;
  sealed: string | null;
  expires: string;
}

export interface Device {
  id: string;
  name: string;
  platform: string;
  state: "pending" | "approved";
  created: string;
  last_seen: string | null;
  /** the network that it was last seen from; servers before feature level 3 don't say */
  address?: string | null;
  signed_in?: boolean;
  current: boolean;
  signature_key: string | null;
  certificate: Certificate | null;
  link: Link | null;
}

export interface CertifiedDevice {
  device: string;
  signature_key: string;
  certificate: Certificate;
  created: string;
  /** its leaf may still be in groups; it is never added */
  revoked?: boolean;
}

export interface AccountDevices {
  account: string;
  username: string;
  display_name: string;
  public_key: string | null;
  version: number;
  devices: CertifiedDevice[];
}

export interface KeyPackageCount {
  count: number;
  last_resort: boolean;
}

export interface ClaimedDevice {
  device: string;
  key_package: string | null;
  last_resort: boolean;
}

export interface Member {
  account: string;
  username: string;
  display_name: string;
  role: "owner" | "admin" | "member";
  delivered: number;
  read: number;
}

export interface ServerLeaf {
  leaf: number;
  account: string;
  device: string;
  removal_pending: boolean;
}

export interface Private {
  state: "offered" | "accepted" | "active" | "closed";
  from_account: string;
  from_device: string;
  to_account: string;
  to_device: string | null;
  key_package: string | null;
  expires: string | null;
}

export interface Conversation {
  id: string;
  kind: "self" | "direct" | "private" | "group";
  payload: "opaque" | "mls";
  history: "keep" | "until_delivered";
  title?: string | null;
  members: Member[];
  last_seq: number;
  floor: number;
  epoch?: number | null;
  membership_version: number;
  unread: number;
  delivered: number;
  read: number;
  created: string;
  active: string;
  cipher_suite?: number;
  group_id?: string;
  leaves?: ServerLeaf[];
  private?: Private | null;
  state?: "open" | "closed";
  /** this account blocks the other one of the two */
  blocked?: boolean;
}

export interface Sent {
  seq: number;
  time: string;
  duplicate?: boolean;
}

export interface Committed {
  seq: number;
  epoch: number;
  created: string;
  duplicate: boolean;
}

export interface DeltaLeaf {
  leaf: number;
  account: string;
  device: string;
}

/** body of an entry of kind commit */
export interface CommitBody {
  epoch: number;
  external: boolean;
  added: DeltaLeaf[];
  removed: DeltaLeaf[];
  committer: DeltaLeaf;
  welcome?: boolean;
}

export type EntryKind = "message" | "commit" | "member" | "title" | "deleted" | "setting" | "account";

export interface EntryHeader {
  event: "entry";
  conversation: string;
  seq: number;
  kind: EntryKind;
  sender?: string;
  session?: string;
  client_id?: string;
  time: string;
  epoch?: number;
  body?: Record<string, unknown>;
  size: number;
}

export interface ExpiredHeader {
  event: "expired";
  conversation: string;
  from: number;
  to: number;
  size: number;
}

export interface Hello {
  event: "hello";
  session: string;
  log_epoch: string;
  time: string;
  limits: Limits;
  pending: number;
}

export interface Receipt {
  event: "receipt";
  conversation: string;
  account: string;
  delivered?: number;
  read?: number;
}

export interface RemovalPending {
  event: "removal_pending";
  conversation: string;
  leaves: ServerLeaf[];
}

export interface ArchivePart {
  part: number;
  size: number;
  updated: string;
}

// ---- proofs, second factors, password resets ----

export type FactorName = "password" | "totp" | "backup_code" | "passkey";

/** What navigator.credentials.get() answered, its bytes as base64url. */
export interface PasskeyAssertion {
  id: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
  user_handle?: string | null;
}

export interface Proof {
  password?: string;
  totp?: string;
  backup_code?: string;
  passkey?: PasskeyAssertion;
}

export interface Factors {
  factors: FactorName[];
  totp: { created: string } | null;
  /** how many are left */
  backup_codes: number;
  passkeys: number;
}

export interface NewTotp {
  secret: string;
  uri: string;
  expires: string;
}

export interface BackupCodes {
  backup_codes: string[] | null;
}

export interface Passkey {
  id: string;
  credential_id: string;
  name: string;
  created: string;
  last_used: string | null;
  cloned: boolean;
}
