// What is on the screen while things change beneath it, from a fixture.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, missing, sizes } from './lib/browser.mjs'
import { serve } from './lib/static.mjs'

const app = join(import.meta.dirname, '..')
const id = (n) => `00000000-0000-7000-8000-${String(100 + n).padStart(12, '0')}`
let browser, server, dist, page

before(async () => {
  if (missing) return
  dist = mkdtempSync(join(tmpdir(), 'ngx-chat-states-'))
  execFileSync(process.execPath, [join(app, 'build.mjs'), '--out', join(dist, 'dist'), '--client', join(app, 'test/fixture/client.ts')])
  server = await serve(join(dist, 'dist'))
  browser = await launch()
  const context = await browser.newContext({ ...sizes.desktop, locale: 'en-GB', serviceWorkers: 'block' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.goto(server.url)
  await page.waitForFunction(() => window.fixture)
})

after(async () => {
  await browser?.close()
  await server?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

const change = (n, to) => page.evaluate(([n, to]) => window.fixture.set({
  conversations: window.fixture.conversations.map((one, i) => (i === n ? { ...one, ...to, peer: { ...one.peer, ...to.peer }, private: one.private && { ...one.private, ...to.private } } : one)),
}), [n, to])

test('what is being typed stays when a private chat becomes ready, or anything else is in the way or no more', { skip: missing }, async () => {
  await page.evaluate((to) => window.fixture.begin(to), `#/chat/${id(1)}`)
  await change(1, { blocked: 'private_waiting', private: { state: 'accepted' } })
  const box = page.getByRole('textbox', { name: 'Message' })
  await box.fill('half a thou')
  for (const blocked of [null, 'key_changed', 'not_joined', 'private_waiting', 'refused', null]) {
    await change(1, { blocked, private: { state: 'active' } })
    await page.waitForTimeout(50)
    assert.equal(await box.inputValue(), 'half a thou', `${blocked}`)
  }
})

test('a safety number that is looked at is the one of the newest key', { skip: missing }, async () => {
  await page.evaluate((to) => window.fixture.begin(to), `#/safety/${id(2)}`)
  await page.getByTestId('safety-digits').waitFor()
  for (const [key, first] of [['one', '11111'], ['two', '22222']]) {
    await page.evaluate((first) => window.fixture.number(first), first)
    await change(2, { keyChanged: true, peer: { key } })
    await page.getByTestId('safety-digits').getByText(first).waitFor()
  }
  // said by the library when the key changed a moment before the button was pressed
  await page.evaluate(() => { window.fixture.number('33333'); window.fixture.refuse('setVerified', 'key_changed') })
  await page.getByRole('button', { name: 'Mark as verified' }).click()
  await page.getByTestId('safety-digits').getByText('33333').waitFor()
  await page.getByRole('alert').waitFor()
})

test('a device that was erased without a connection says that it is still to be removed', { skip: missing }, async () => {
  await page.evaluate((to) => window.fixture.begin(to), '#/')
  await page.evaluate(() => window.fixture.set({ session: 'signed_out', leaving: true }))
  await page.getByTestId('leaving').getByText('couldn’t be reached').waitFor()
  await page.evaluate(() => window.fixture.set({ leaving: false }))
  await page.getByTestId('leaving').waitFor({ state: 'detached' })
})
