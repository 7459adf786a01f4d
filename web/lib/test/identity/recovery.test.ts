// Who wrote the recovery key down gets the account back; the server never can.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import {
  isSameRecoveryKey, makeAccountKey, makeArchiveKey, makeRecoveryKey, openPart, readRecoveryKey, sealPart,
  unwrapSecrets, wrapSecrets,
} from '../../src/identity/index.ts'
import { seal } from '../../src/identity/box.ts'
import { uuidBytes } from '../../src/identity/bytes.ts'

const account = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0001'
const other = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0002'
const secrets = { accountPrivate: makeAccountKey().private, archiveKey: makeArchiveKey() }
const fails = (reason: string) => (error: unknown) => (error as { reason: string }).reason === reason

test('the key opens what it wrapped, for its account only', async () => {
  const key = makeRecoveryKey()
  const wrapped = await wrapSecrets(key, account, secrets)
  assert.equal(wrapped[0], 1)
  assert.deepEqual(await unwrapSecrets(key, account, wrapped), secrets)
  await assert.rejects(unwrapSecrets(makeRecoveryKey(), account, wrapped), fails('wrong_key'))
  await assert.rejects(unwrapSecrets(key, other, wrapped), fails('wrong_key'))
  const flipped = wrapped.slice()
  flipped[30]! ^= 1
  await assert.rejects(unwrapSecrets(key, account, flipped), fails('wrong_key'))
  const newer = wrapped.slice()
  newer[0] = 2
  await assert.rejects(unwrapSecrets(key, account, newer), fails('malformed'))
})

test('the key can be typed as people type: case, blanks, look-alikes', () => {
  const key = makeRecoveryKey()
  assert.match(key, /^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/)
  assert.equal(readRecoveryKey(key), key)
  assert.equal(readRecoveryKey(` ${key.toLowerCase().replaceAll('-', ' ')}\n`), key)
  assert.equal(readRecoveryKey(key.replaceAll('-', '')), key)
  assert.equal(readRecoveryKey(key.replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('V', 'u')), key)
  assert.equal(isSameRecoveryKey(key, key.toLowerCase()), true)
  assert.equal(isSameRecoveryKey(key, makeRecoveryKey()), false)
})

test('one slip is put right, more are told', () => {
  // A fixed key: whether another is one slip away as well is a matter of chance.
  const key = readRecoveryKey('0000-1111-2222-3333-4444-5555-6666-7777-FG8D')
  const wrong = key.replace('2222', '2272')
  assert.equal(readRecoveryKey(wrong), key)
  assert.equal(readRecoveryKey(key.replace('0-1', '1-0')), key)
  assert.throws(() => readRecoveryKey(key.replace('2222', '9999').replace('5555', '8888')), fails('bad_checksum'))
  assert.throws(() => readRecoveryKey(key.slice(1)), fails('malformed'))
  assert.throws(() => readRecoveryKey(`${key}0`), fails('malformed'))
  assert.throws(() => readRecoveryKey(key.replace('0', '*')), fails('malformed'))
})

test('keys have 160 random bits', () => {
  const seen = new Set(Array.from({ length: 200 }, makeRecoveryKey))
  assert.equal(seen.size, 200)
  assert.equal(makeRecoveryKey().replaceAll('-', '').length, 32 + 4)
})

test("the archive's parts open in their place, with their key, for their account", async () => {
  const key = makeArchiveKey()
  const part = { revision: 7, plaintext: new TextEncoder().encode('what was said') }
  const sealed = await sealPart(key, account, 3, part)
  assert.deepEqual(await openPart(key, account, 3, sealed), part)
  await assert.rejects(openPart(key, account, 4, sealed), fails('wrong_key'))
  await assert.rejects(openPart(key, other, 3, sealed), fails('wrong_key'))
  await assert.rejects(openPart(makeArchiveKey(), account, 3, sealed), fails('wrong_key'))
  await assert.rejects(sealPart(key, account, 1024, part), fails('malformed'))
  await assert.rejects(sealPart(key, account, 3, { ...part, revision: 0 }), fails('malformed'))
  await assert.rejects(openPart(key, account, 3, sealed.slice(0, 10)), fails('malformed'))
})

test("an archive part's revision can't be changed, and a part of the first version is still read", async () => {
  const key = makeArchiveKey()
  const plaintext = new TextEncoder().encode('what was said')
  const sealed = await sealPart(key, account, 3, { revision: 7, plaintext })
  const newer = sealed.slice()
  newer[4] = 8
  await assert.rejects(openPart(key, account, 3, newer), fails('wrong_key'))
  const place = new Uint8Array([...uuidBytes(account), 0, 0, 0, 3])
  const first = await seal(key, uuidBytes(account), 'ngx_chat archive v1', place, plaintext)
  assert.deepEqual(await openPart(key, account, 3, first), { revision: 0, plaintext })
})
