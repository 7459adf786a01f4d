// Linking a new device: it shows a code, or both show six digits, and then
// the old device hands over the account's secrets in a box for it alone.
//
//   new:  offer  = version, account, device, ephemeral key, signature key, commitment to a nonce
//   old:  answer = version, ephemeral key, nonce
//   new:  reveal = the nonce: nobody could choose theirs after seeing it
//   both: six digits over all of it
//   old:  sealed = a box by X25519 and the proof of trust
//
// With a code, its secret never passes the server, so that only who scanned
// it can make the box that opens. The digits give one chance in a million.
import { x25519 } from '@noble/curves/ed25519.js'
import { concat, expectLength, fromBase64Url, label, random, same, toBase64Url, uuidBytes, uuidFrom } from './bytes.ts'
import { open, seal } from './box.ts'
import { packSecrets, unpackSecrets } from './keys.ts'
import {
  IdentityError, type AccountSecrets, type Bytes, type LinkAnswer, type LinkingDevice, type LinkOffer, type LinkProof,
} from './types.ts'

const version = 1
const offerLength = 1 + 16 + 16 + 32 + 32 + 32
const answerLength = 1 + 32 + 32
const qrPrefix = 'ngx-chat-link:1:'

interface Offer extends LinkingDevice {
  ephemeral: Bytes
  commitment: Bytes
}

async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)))
}

function parseOffer(offer: Bytes): Offer {
  if (offer.length !== offerLength || offer[0] !== version) {
    throw new IdentityError('malformed', 'not an offer to link')
  }
  return {
    account: uuidFrom(offer.subarray(1, 17)), device: uuidFrom(offer.subarray(17, 33)),
    ephemeral: offer.slice(33, 65), signatureKey: offer.slice(65, 97), commitment: offer.slice(97),
  }
}

function parseAnswer(answer: Bytes): { ephemeral: Bytes; nonce: Bytes } {
  if (answer.length !== answerLength || answer[0] !== version) {
    throw new IdentityError('malformed', 'not an answer to an offer')
  }
  return { ephemeral: answer.slice(1, 33), nonce: answer.slice(33) }
}

/** private = ephemeral private key (32), nonce (32), secret of the code (32) */
function parsePrivate(link: LinkOffer): { ephemeral: Bytes; nonce: Bytes; secret: Bytes } {
  expectLength(link.private, 96, 'the private part of an offer')
  return { ephemeral: link.private.slice(0, 32), nonce: link.private.slice(32, 64), secret: link.private.slice(64) }
}

/** By the new device. Everything an offer says is bound by its commitment. */
export async function makeLinkOffer(device: LinkingDevice): Promise<LinkOffer> {
  expectLength(device.signatureKey, 32, 'a signature key')
  const { secretKey, publicKey } = x25519.keygen()
  const nonce = random(32)
  const front = concat(
    Uint8Array.of(version), uuidBytes(device.account), uuidBytes(device.device), publicKey, device.signatureKey,
  )
  const commitment = await sha256(label('ngx_chat link commitment v1'), front, nonce)
  return { offer: concat(front, commitment), private: concat(secretKey, nonce, random(32)) }
}

export function readOffer(offer: Bytes): LinkingDevice {
  const { account, device, signatureKey } = parseOffer(offer)
  return { account, device, signatureKey }
}

/** The text of the code that the new device shows: the offer and a secret that the server never sees. */
export function qrText(link: LinkOffer): string {
  parseOffer(link.offer)
  return qrPrefix + toBase64Url(concat(link.offer, parsePrivate(link).secret))
}

export function readQrText(text: string): { offer: Bytes; secret: Bytes } {
  const bytes = text.startsWith(qrPrefix) && text.length < 400
    ? fromBase64Url(text.slice(qrPrefix.length)) : new Uint8Array()
  if (bytes.length !== offerLength + 32) {
    throw new IdentityError('malformed', 'not the code of a device that waits to be linked')
  }
  const offer = bytes.slice(0, offerLength)
  parseOffer(offer)
  return { offer, secret: bytes.slice(offerLength) }
}

/** By the old device. */
export async function makeAnswer(offer: Bytes): Promise<LinkAnswer> {
  parseOffer(offer)
  const { secretKey, publicKey } = x25519.keygen()
  return { answer: concat(Uint8Array.of(version), publicKey, random(32)), private: secretKey }
}

/** By the new device, only once it has the answer. */
export function makeReveal(link: LinkOffer): Bytes {
  return parsePrivate(link).nonce
}

async function checkReveal(offer: Bytes, reveal: Bytes): Promise<void> {
  expectLength(reveal, 32, 'a reveal')
  const front = offer.subarray(0, offerLength - 32)
  const expected = await sha256(label('ngx_chat link commitment v1'), front, reveal)
  if (!same(expected, parseOffer(offer).commitment)) {
    throw new IdentityError('bad_commitment', 'the new device revealed something else than it had committed to')
  }
}

/** Six digits, the same on both screens unless somebody stands between. */
export async function sas(offer: Bytes, answer: Bytes, reveal: Bytes): Promise<string> {
  parseAnswer(answer)
  await checkReveal(offer, reveal)
  const hash = await sha256(label('ngx_chat link digits v1'), offer, answer, reveal)
  const value = new DataView(hash.buffer as ArrayBuffer, hash.byteOffset).getBigUint64(0) % 1000000n
  const digits = String(value).padStart(6, '0')
  return `${digits.slice(0, 3)} ${digits.slice(3)}`
}

function agree(privateKey: Bytes, publicKey: Bytes): Bytes {
  try {
    return x25519.getSharedSecret(privateKey, publicKey)
  } catch {
    // noble refuses keys of small order
    throw new IdentityError('malformed', 'not a key to agree with')
  }
}

async function sealing(offer: Bytes, answer: Bytes, proof: LinkProof, shared: Bytes) {
  const trust = proof.by === 'qr' ? proof.secret : proof.reveal
  expectLength(trust, 32, 'the proof of trust')
  return {
    secret: concat(shared, trust),
    salt: await sha256(label('ngx_chat link transcript v1'), offer, answer),
    purpose: proof.by === 'qr' ? 'ngx_chat link by code v1' : 'ngx_chat link by digits v1',
  }
}

/** By the old device, after it scanned the code, or its person said that the digits are the same. */
export async function sealLink(
  offer: Bytes, answer: LinkAnswer, proof: LinkProof, secrets: AccountSecrets,
): Promise<Bytes> {
  if (proof.by === 'sas') {
    await checkReveal(offer, proof.reveal)
  }
  const shared = agree(answer.private, parseOffer(offer).ephemeral)
  const { secret, salt, purpose } = await sealing(offer, answer.answer, proof, shared)
  return seal(secret, salt, purpose, offer, packSecrets(secrets))
}

/** By the new device; 'sas' only after ITS person said that the digits are the same: else the box may be anybody's. */
export async function openLink(
  link: LinkOffer, answer: Bytes, sealed: Bytes, by: 'qr' | 'sas',
): Promise<AccountSecrets> {
  const own = parsePrivate(link)
  const shared = agree(own.ephemeral, parseAnswer(answer).ephemeral)
  const proof: LinkProof = by === 'qr' ? { by, secret: own.secret } : { by, reveal: own.nonce }
  const { secret, salt, purpose } = await sealing(link.offer, answer, proof, shared)
  return unpackSecrets(await open(secret, salt, purpose, link.offer, sealed))
}
