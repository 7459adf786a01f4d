// Two people who compare numbers find out whether anybody stands between.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { compareSafetyQr, makeAccountKey, safetyNumber } from '../../src/identity/index.ts'

const side = (n: number, key = makeAccountKey().public) => ({ id: `5c9f6f0a-4d7e-4c55-9d0e-3a3a0f3b000${n}`, key })

test('both sides see the same 60 digits, and each scan of the other fits', async () => {
  const [a, b] = [side(1), side(2)]
  const [mine, theirs] = await Promise.all([safetyNumber([a], [b]), safetyNumber([b], [a])])
  assert.equal(mine.digits, theirs.digits)
  assert.match(mine.digits, /^(\d{5} ){11}\d{5}$/)
  assert.equal(compareSafetyQr(theirs.qr, mine), 'same')
  assert.equal(compareSafetyQr(mine.qr, theirs), 'same')
})

test("another key, or one's own code, is told", async () => {
  const [a, b] = [side(1), side(2)]
  const mine = await safetyNumber([a], [b])
  const between = await safetyNumber([side(2)], [a])
  assert.notEqual(mine.digits, between.digits)
  assert.equal(compareSafetyQr(between.qr, mine), 'different')
  assert.equal(compareSafetyQr(mine.qr, mine), 'different')
  assert.equal(compareSafetyQr(new Uint8Array(65), mine), 'unreadable')
  assert.equal(compareSafetyQr(mine.qr.slice(1), mine), 'unreadable')
})

test('a private conversation of several device keys does not depend on their order', async () => {
  const [a, b, c] = [side(1), side(2), side(3)]
  const one = await safetyNumber([a, b], [c])
  assert.equal(one.digits, (await safetyNumber([c], [b, a])).digits)
  assert.notEqual(one.digits, (await safetyNumber([a], [c])).digits)
})

test('the digits are what the documentation says', async () => {
  const key = (n: number) => new Uint8Array(32).fill(n)
  const [a, b] = [side(1, key(1)), side(2, key(2))]
  const digits = ({ id, key }: { id: string; key: Uint8Array }) => {
    let hash: Buffer = Buffer.concat([Buffer.from([0, 1]), Buffer.from(id.replaceAll('-', ''), 'hex'), key])
    for (let i = 0; i < 5200; i++) {
      hash = createHash('sha512').update(hash).update(key).digest()
    }
    const groups = [0, 5, 10, 15, 20, 25].map((at) => String(hash.readUIntBE(at, 5) % 100000).padStart(5, '0'))
    return { half: hash.subarray(0, 32), text: groups.join(' ') }
  }
  const halves = [digits(a), digits(b)].sort((x, y) => Buffer.compare(x.half, y.half))
  assert.equal((await safetyNumber([a], [b])).digits, halves.map(({ text }) => text).join(' '))
})
