// Keys of accounts and devices, and what people do with them.
export type * from './types.ts'
export { IdentityError } from './types.ts'
export { certify, makeAccountKey, makeArchiveKey, makeDeviceKey, publicKey, verifyCertificate } from './keys.ts'
export { compareSafetyQr, safetyNumber } from './safety.ts'
export {
  makeAnswer, makeLinkOffer, makeReveal, openLink, qrText, readOffer, readQrText, sas, sealLink,
} from './link.ts'
export { isSameRecoveryKey, makeRecoveryKey, readRecoveryKey, unwrapSecrets, wrapSecrets } from './recovery.ts'
export { openPart, sealPart } from './archive.ts'
