// The account's key certifies devices; a server can't make one up.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { certify, makeAccountKey, makeDeviceKey, publicKey, verifyCertificate } from '../../src/identity/index.ts'

const account = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0001'
const device = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0002'
const other = '5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b0003'
const created = 1795372211536

test('a certificate holds for its device, account, key and time, and for nothing else', () => {
  const key = makeAccountKey()
  const { public: signatureKey } = makeDeviceKey()
  const certificate = certify(key.private, account, device, signatureKey, created)
  assert.equal(verifyCertificate(key.public, account, device, signatureKey, certificate), true)

  const tampered = { ...certificate, signature: certificate.signature.slice() }
  tampered.signature[7]! ^= 1
  assert.equal(verifyCertificate(key.public, account, device, signatureKey, tampered), false)
  assert.equal(verifyCertificate(key.public, other, device, signatureKey, certificate), false)
  assert.equal(verifyCertificate(key.public, account, other, signatureKey, certificate), false)
  assert.equal(verifyCertificate(key.public, account, device, makeDeviceKey().public, certificate), false)
  assert.equal(verifyCertificate(makeAccountKey().public, account, device, signatureKey, certificate), false)
  assert.equal(verifyCertificate(
    key.public, account, device, signatureKey, { ...certificate, created: created + 1 }), false)
})

test('what is malformed is not certified, and does not throw', () => {
  const key = makeAccountKey()
  const { public: signatureKey } = makeDeviceKey()
  const certificate = certify(key.private, account, device, signatureKey, created)
  assert.equal(verifyCertificate(key.public, 'nobody', device, signatureKey, certificate), false)
  assert.equal(verifyCertificate(key.public, account, device, signatureKey.slice(1), certificate), false)
  assert.equal(verifyCertificate(new Uint8Array(32), account, device, signatureKey, certificate), false)
  assert.equal(verifyCertificate(
    key.public, account, device, signatureKey, { created, signature: new Uint8Array(3) }), false)
  assert.equal(verifyCertificate(
    key.public, account, device, signatureKey, { created: -1, signature: certificate.signature }), false)
})

test('the signed bytes are those that the server checks', () => {
  const key = makeAccountKey()
  const { public: signatureKey } = makeDeviceKey()
  const certificate = certify(key.private, account, device, signatureKey, created)
  const hex = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex')
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(created))
  const bytes = Buffer.concat([
    Buffer.from('ngx_chat device certificate v1\0'), hex(account), hex(device), signatureKey, time,
  ])
  assert.equal(bytes.length, 31 + 16 + 16 + 32 + 8)
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.public])
  assert.equal(verify(null, bytes, createPublicKey({ key: der, format: 'der', type: 'spki' }), certificate.signature), true)
})

test('a private key gives its public one', () => {
  const key = makeAccountKey()
  assert.deepEqual(publicKey(key.private), key.public)
  assert.equal(key.private.length, 32)
})
