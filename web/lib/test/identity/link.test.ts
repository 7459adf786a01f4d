// A new device gets the account's secrets, and nobody between does.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import {
  makeAccountKey, makeAnswer, makeArchiveKey, makeDeviceKey, makeLinkOffer, makeReveal, openLink, qrText, readOffer,
  readQrText, sas, sealLink,
} from '../../src/identity/index.ts'

const account = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0001'
const device = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0002'
const secrets = { accountPrivate: makeAccountKey().private, archiveKey: makeArchiveKey() }
const newDevice = () => ({ account, device, signatureKey: makeDeviceKey().public })
const fails = (reason: string) => (error: unknown) => (error as { reason: string }).reason === reason

test('by code: who scanned it hands the secrets over', async () => {
  const me = newDevice()
  const link = await makeLinkOffer(me)
  const scanned = readQrText(qrText(link))
  assert.deepEqual(scanned.offer, link.offer)
  assert.deepEqual(readOffer(scanned.offer), me)
  const answer = await makeAnswer(scanned.offer)
  const sealed = await sealLink(scanned.offer, answer, { by: 'qr', secret: scanned.secret }, secrets)
  assert.deepEqual(await openLink(link, answer.answer, sealed, 'qr'), secrets)
})

test('by code: a server that saw the offer can not make a box that opens', async () => {
  const link = await makeLinkOffer(newDevice())
  const answer = await makeAnswer(link.offer)
  const guess = await sealLink(link.offer, answer, { by: 'qr', secret: new Uint8Array(32) }, secrets)
  await assert.rejects(openLink(link, answer.answer, guess, 'qr'), fails('wrong_key'))
  const digits = await sealLink(link.offer, answer, { by: 'sas', reveal: makeReveal(link) }, secrets)
  await assert.rejects(openLink(link, answer.answer, digits, 'qr'), fails('wrong_key'))
})

test('by digits: both see the same six, then the box opens', async () => {
  const link = await makeLinkOffer(newDevice())
  const answer = await makeAnswer(link.offer)
  const reveal = makeReveal(link)
  const digits = await sas(link.offer, answer.answer, reveal)
  assert.match(digits, /^\d{3} \d{3}$/)
  assert.equal(await sas(link.offer, answer.answer, reveal), digits)
  const sealed = await sealLink(link.offer, answer, { by: 'sas', reveal }, secrets)
  assert.deepEqual(await openLink(link, answer.answer, sealed, 'sas'), secrets)
})

test('by digits: somebody between makes the two screens differ', async () => {
  // The server shows the old device an offer of its own, and answers itself.
  const link = await makeLinkOffer(newDevice())
  const evil = await makeLinkOffer(newDevice())
  const toOld = await makeAnswer(evil.offer)
  const toNew = await makeAnswer(link.offer)
  const onNew = await sas(link.offer, toNew.answer, makeReveal(link))
  const onOld = await sas(evil.offer, toOld.answer, makeReveal(evil))
  assert.notEqual(onNew, onOld)
})

test('by digits: who is between can not choose its nonce after seeing the other', async () => {
  const link = await makeLinkOffer(newDevice())
  const answer = await makeAnswer(link.offer)
  const other = crypto.getRandomValues(new Uint8Array(32))
  await assert.rejects(sas(link.offer, answer.answer, other), fails('bad_commitment'))
  await assert.rejects(sealLink(link.offer, answer, { by: 'sas', reveal: other }, secrets), fails('bad_commitment'))
  // Nor the keys and ids that the commitment covers.
  const changed = link.offer.slice()
  changed[70]! ^= 1
  await assert.rejects(sas(changed, answer.answer, makeReveal(link)), fails('bad_commitment'))
})

test('a box, an offer or a code that was changed is refused', async () => {
  const link = await makeLinkOffer(newDevice())
  const { secret } = readQrText(qrText(link))
  const answer = await makeAnswer(link.offer)
  const sealed = await sealLink(link.offer, answer, { by: 'qr', secret }, secrets)
  const flipped = sealed.slice()
  flipped[20]! ^= 1
  await assert.rejects(openLink(link, answer.answer, flipped, 'qr'), fails('wrong_key'))
  const otherAnswer = await makeAnswer(link.offer)
  await assert.rejects(openLink(link, otherAnswer.answer, sealed, 'qr'), fails('wrong_key'))
  const another = await makeLinkOffer(newDevice())
  await assert.rejects(openLink(another, answer.answer, sealed, 'qr'), fails('wrong_key'))
  await assert.rejects(openLink(link, answer.answer, sealed.slice(0, 20), 'qr'), fails('malformed'))
  await assert.rejects(makeAnswer(link.offer.slice(1)), fails('malformed'))
  for (const text of ['', 'https://example.org', qrText(link).slice(0, -1), `${qrText(link)}A`, 'ngx-chat-link:1:!']) {
    assert.throws(() => readQrText(text), fails('malformed'))
  }
  // A key of small order would make the shared secret known.
  const small = link.offer.slice()
  small.fill(0, 33, 65)
  await assert.rejects(sealLink(small, answer, { by: 'qr', secret }, secrets), fails('malformed'))
})
