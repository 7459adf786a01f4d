// The sample messages that the server's parser is held to (t/vectors): what
// one side takes the other takes, and what one refuses the other refuses.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeMlsMessage } from 'ts-mls'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { decode } from '../../src/mls/codec.ts'
import { implementation } from '../../src/mls/config.ts'
import { readHead } from '../../src/mls/index.ts'
import { reason } from './people.ts'

declare const TEST_ROOT: string
const samples = JSON.parse(readFileSync(join(TEST_ROOT, '../../../t/vectors/mls.json'), 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array | null) => data && Buffer.from(data).toString('hex')
const kinds = ['', 'commit', 'message', 'welcome', 'group_info', 'key_package']

for (const { name, expect, hex: text } of samples.messages) {
  test(`sample ${name}`, async () => {
    const message = bytes(text)
    const usedByUs = !/proposal|commit_private/.test(name)
    if (usedByUs) {
      const head = readHead(message)
      assert.equal(head.kind, kinds[expect.wire_format])
      const context = expect.group_context ?? expect
      if (context.group_id !== undefined) {
        assert.deepEqual([hex(head.groupId), head.epoch], [context.group_id, BigInt(context.epoch)])
      }
    } else {
      decode(message)
      assert.throws(() => readHead(message), reason('refused'))
    }
    if (expect.key_package_ref) {
      const decoded = decodeMlsMessage(message, 0)![0]
      assert.ok(decoded.wireformat === 'mls_key_package')
      const { hash } = await implementation(1)
      assert.equal(hex(await makeKeyPackageRef(decoded.keyPackage, hash)), expect.key_package_ref)
    }
    for (const cut of [1, 3, message.length >> 1, message.length - 1]) {
      assert.throws(() => decode(message.slice(0, cut)), reason('malformed'))
    }
  })
}

for (const { name, why, hex: text } of samples.negative) {
  test(`refused: ${name}, ${why}`, () => {
    assert.throws(() => decode(bytes(text)), reason('malformed'))
  })
}

test('a length that is written longer than it needs to be is refused', () => {
  const message = bytes(samples.messages[0].hex)
  // init_key's length 0x20 as two bytes 0x4020
  const longer = new Uint8Array([...message.slice(0, 8), 0x40, ...message.slice(8)])
  assert.equal(message[8], 0x20)
  assert.throws(() => decode(longer), reason('malformed'))
})
