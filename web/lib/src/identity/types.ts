// The types of this room's door.

export type Bytes = Uint8Array

/** An Ed25519 key pair; the private half is the 32-byte seed. */
export interface KeyPair {
  public: Bytes
  private: Bytes
}

export interface Certificate {
  /** ms since 1970 */
  created: number
  signature: Bytes
}

export interface Fingerprinted {
  /** account UUID; for private conversations the device's */
  id: string
  key: Bytes
}

export interface SafetyNumber {
  /** 12 groups of 5 digits */
  digits: string
  /** what the QR code holds */
  qr: Bytes
}

/** What a linked device receives, and what the recovery key protects. */
export interface AccountSecrets {
  accountPrivate: Bytes
  archiveKey: Bytes
}

export interface LinkingDevice {
  account: string
  device: string
  signatureKey: Bytes
}

export interface LinkOffer {
  offer: Bytes
  /** to be stored sealed on the new device until linking ends */
  private: Bytes
}

export interface LinkAnswer {
  answer: Bytes
  private: Bytes
}

/**
 * How the two devices came to trust each other's keys: the old one scanned the
 * new one's code (its secret), or people compared six digits on BOTH screens.
 */
export type LinkProof = { by: 'qr'; secret: Bytes } | { by: 'sas'; reveal: Bytes }

export type IdentityReason =
  | 'malformed'
  | 'bad_checksum' // a recovery key with a typing error
  | 'wrong_key' // does not open
  | 'bad_commitment' // the other side changed its mind: stop linking

export class IdentityError extends Error {
  override name = 'IdentityError'
  constructor(readonly reason: IdentityReason, message: string) {
    super(message)
  }
}
