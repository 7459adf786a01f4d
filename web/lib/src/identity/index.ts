// Keys of accounts and devices, and what people do with them.
import type {
  AccountSecrets, Bytes, Certificate, Fingerprinted, KeyPair, LinkAnswer, LinkingDevice, LinkOffer, LinkProof,
  SafetyNumber,
} from './types.ts'

export type * from './types.ts'
export { IdentityError } from './types.ts'

export declare function makeAccountKey(): KeyPair
export declare function makeDeviceKey(): KeyPair
export declare function makeArchiveKey(): Bytes
/** The public half of an account or device key. */
export declare function publicKey(privateKey: Bytes): Bytes

export declare function certify(
  accountPrivate: Bytes, account: string, device: string, signatureKey: Bytes, createdMs: number,
): Certificate
export declare function verifyCertificate(
  accountPublic: Bytes, account: string, device: string, signatureKey: Bytes, certificate: Certificate,
): boolean

export declare function safetyNumber(
  own: readonly Fingerprinted[], theirs: readonly Fingerprinted[],
): Promise<SafetyNumber>
/** Compares what was scanned from their screen with our own number. */
export declare function compareSafetyQr(scanned: Bytes, own: SafetyNumber): 'same' | 'different' | 'unreadable'

export declare function makeLinkOffer(device: LinkingDevice): Promise<LinkOffer>
export declare function readOffer(offer: Bytes): LinkingDevice
/** The text of the code that the new device shows: the offer and a secret that the server never sees. */
export declare function qrText(link: LinkOffer): string
export declare function readQrText(text: string): { offer: Bytes; secret: Bytes }
/** By the old device. */
export declare function makeAnswer(offer: Bytes): Promise<LinkAnswer>
/** By the new device, only after it has the answer. */
export declare function makeReveal(link: LinkOffer): Bytes
/** Six digits, the same on both screens unless somebody stands between. */
export declare function sas(offer: Bytes, answer: Bytes, reveal: Bytes): Promise<string>
/** By the old device, after the code was scanned or people said that the digits are the same. */
export declare function sealLink(
  offer: Bytes, answer: LinkAnswer, proof: LinkProof, secrets: AccountSecrets,
): Promise<Bytes>
/** By the new device; by: 'sas' only after its person said that the digits are the same. */
export declare function openLink(
  link: LinkOffer, answer: Bytes, sealed: Bytes, by: 'qr' | 'sas',
): Promise<AccountSecrets>

/** Shown once: 9 groups of 4. */
export declare function makeRecoveryKey(): string
/** Forgives case, blanks, look-alike letters and one wrong letter; gives the text in its one form. */
export declare function readRecoveryKey(text: string): string
export declare function wrapSecrets(recoveryKey: string, account: string, secrets: AccountSecrets): Promise<Bytes>
export declare function unwrapSecrets(recoveryKey: string, account: string, wrapped: Bytes): Promise<AccountSecrets>

export declare function sealPart(archiveKey: Bytes, account: string, part: number, plaintext: Bytes): Promise<Bytes>
export declare function openPart(archiveKey: Bytes, account: string, part: number, sealed: Bytes): Promise<Bytes>
