// What of the app needs no page: the list's layout, what rows become, addresses, languages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './lib/load.mjs'

const { Layout } = await load('src/timeline/layout.ts')
const { makeItems, incomingAfter, onlyEmoji, estimate } = await load('src/timeline/items.ts')
const { en } = await load('src/text/en.ts')
const { de } = await load('src/text/de.ts')

const items = (n, height = 50) => Array.from({ length: n }, (_, i) => ({ key: `k${i}`, estimate: height }))

test('what is looked at stays where it is when older rows come in above it', () => {
  const layout = new Layout()
  layout.setItems(items(100))
  for (let i = 0; i < 100; i++) layout.setHeight(`k${i}`, 20 + (i % 7) * 13)
  const scrollTop = layout.top(40) + 11
  const anchor = layout.anchor(scrollTop)

  layout.setItems([...Array.from({ length: 60 }, (_, i) => ({ key: `older${i}`, estimate: 80 })), ...items(100)])
  const after = layout.scrollFor(anchor)
  assert.equal(layout.at(after), 100, 'the same row is the first in sight')
  assert.equal(after - layout.top(100), 11, 'as far cut off as before')
})

test('a row that turns out higher moves only what is below it', () => {
  const layout = new Layout()
  layout.setItems(items(1000))
  const before = layout.top(500)
  layout.setHeight('k500', 400)
  assert.equal(layout.top(500), before)
  assert.equal(layout.top(501), before + 400)
  layout.setHeight('k10', 60)
  assert.equal(layout.top(500), before + 10)
})

test('of ten thousand rows only those in sight are drawn', () => {
  const layout = new Layout()
  layout.setItems(items(10_000))
  const [from, to] = layout.range(250_000, 800, 600)
  assert.ok(from <= 5000 - 12 && to >= 5000 + 28, 'all that is in sight and the margins')
  assert.ok(to - from < 50, `${to - from} are drawn`)
  assert.deepEqual(layout.range(layout.total + 5000, 800, 0), [9999, 10_000], 'past the end is the end')
  assert.deepEqual(new Layout().range(0, 800, 600), [0, 0], 'nothing is nothing')
})

test('finding a row by its height agrees with going through all', () => {
  const layout = new Layout()
  layout.setItems(items(321))
  for (let i = 0; i < 321; i += 2) layout.setHeight(`k${i}`, 10 + ((i * 37) % 90))
  for (let y = 0; y < layout.total; y += 17) {
    let i = 0
    while (layout.top(i + 1) <= y) i++
    assert.equal(layout.at(y), i, `at ${y}`)
  }
})

let serial = 0
const message = (time, more = {}) => ({
  type: 'message', key: `m${++serial}`, position: serial, seq: serial, time, id: '', mine: false, sender: 'bob', senderName: 'Bob',
  device: '', text: 'hello', state: 'read', problem: null, restored: false, ...more,
})
const noon = new Date(2026, 2, 12, 12).getTime()

test('each day is marked once, and messages of one person stand together', () => {
  const rows = [message(noon - 86_400_000), message(noon), message(noon + 1000), message(noon + 2000, { mine: true, sender: 'me' }), message(noon + 900_000)]
  const made = makeItems(rows, { width: 800, unreadFrom: null, beginning: true })
  assert.deepEqual(made.map((item) => item.kind), ['beginning', 'day', 'row', 'day', 'row', 'row', 'row', 'row'])
  assert.deepEqual(made.filter((item) => item.kind === 'row').map((item) => [item.first, item.last]),
    [[true, true], [true, false], [false, true], [true, true], [true, true]])
  assert.equal(new Set(made.map((item) => item.key)).size, made.length, 'every item has a key of its own')
})

test('the divider stands before the first unread row, once', () => {
  const rows = [message(noon), message(noon + 1), message(noon + 2), message(noon + 3)]
  const made = makeItems(rows, { width: 800, unreadFrom: rows[2].position, beginning: false })
  assert.deepEqual(made.map((item) => item.kind), ['day', 'row', 'row', 'unread', 'row', 'row'])
  assert.equal(made[2].last, true, 'the run of bubbles ends before it')
})

test('only messages of others, past what was seen, count as new', () => {
  const rows = [message(noon), message(noon, { mine: true }), message(noon), message(noon, { mine: true, seq: null })]
  assert.deepEqual(incomingAfter(rows, rows[0].position).map((row) => row.key), [rows[2].key])
  assert.deepEqual(incomingAfter(rows, rows[2].position), [])
})

test('signs alone are shown large, words are not', () => {
  for (const text of ['👍', '🎉🎉', '❤️', '👨‍👩‍👧', '👋🏽']) assert.ok(onlyEmoji(text), text)
  for (const text of ['ok 👍', '12', '', '👍👍👍👍👍', '#']) assert.ok(!onlyEmoji(text), text)
})

test('a guess at a height grows with the text', () => {
  assert.ok(estimate(message(noon, { text: 'x'.repeat(2000) }), 360) > 10 * estimate(message(noon), 360))
  assert.ok(estimate(message(noon, { text: 'a\nb\nc' }), 360) > estimate(message(noon), 360))
})

test('the second language says everything that the first says, in its own words', () => {
  const shape = (value) => value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, shape(one)])) : typeof value
  assert.deepEqual(shape(de), shape(en))
  const strings = (value) => Object.values(value).flatMap((one) => typeof one === 'string' ? [one] : typeof one === 'object' ? strings(one) : [])
  const same = strings(en).filter((text) => text.length > 12 && strings(de).includes(text))
  assert.deepEqual(same, [], 'nothing was left in English')
  assert.equal(en.unread(1), '1 unread message')
  assert.equal(en.unread(1200), '1,200 unread messages')
  assert.equal(de.unread(1200), '1.200 ungelesene Nachrichten')
})

test('an address behind the # leads to its screen, a wrong one to the list', async () => {
  globalThis.location = { hash: '' }
  globalThis.addEventListener = () => undefined
  const { parseRoute, href } = await load('src/state/route.ts')
  assert.deepEqual(parseRoute('#/chat/0190-ab'), { page: 'chat', id: '0190-ab' })
  for (const page of ['settings', 'devices', 'recovery', 'new']) assert.deepEqual(parseRoute(`#/${page}`), { page })
  for (const wrong of ['', '#', '#/chat', '#/chat/<b>', '#/nowhere', '#/constructor']) assert.deepEqual(parseRoute(wrong), { page: 'list' }, wrong)
  assert.equal(parseRoute(href({ page: 'safety', id: 'x1' })).id, 'x1')
})
