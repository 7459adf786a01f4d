// By keyboard alone: register, verify, find somebody, talk, go through what was
// said, compare the safety number, change the theme, sign out.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device, PASSWORD } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

let browser, server

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

const FAR = 60 // stops of the Tab key until something counts as out of reach

/** Presses Tab until what has the focus is named so. */
async function tabTo(page, name, key = 'Tab') {
  for (let i = 0; i < FAR; i++) {
    const said = await focused(page)
    if (said.visible && said.name.includes(name)) return
    await page.keyboard.press(key)
  }
  assert.fail(`"${name}" is out of reach of the Tab key; at ${JSON.stringify(await focused(page))}`)
}

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement
  const label = one.labels?.[0]?.textContent ?? ''
  const box = one.getBoundingClientRect()
  return {
    name: one.getAttribute('aria-label') ?? (label || one.textContent),
    visible: box.width > 0 && box.height > 0 && one.matches(':focus-visible'),
    ring: getComputedStyle(one).outlineStyle,
  }
})

test('a whole first hour without a pointer', { skip: missing }, async () => {
  const other = await (await Device.open(browser, server)).register('henry')
  const device = await Device.open(browser, server)
  const { page } = device
  const keys = page.keyboard

  await tabTo(page, 'Create account')
  assert.notEqual((await focused(page)).ring, 'none', 'what has the focus is seen')
  await keys.press('Enter')
  await tabTo(page, 'Username')
  await keys.type('grace')
  await tabTo(page, 'E-mail address')
  await keys.type('grace@example.org')
  await tabTo(page, 'Password')
  await keys.type(PASSWORD)
  await keys.press('Enter')
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
  await keys.type((await server.mail('grace@example.org')).code)
  await device.inside()

  await tabTo(page, 'New chat')
  await keys.press('Enter')
  await page.getByLabel('Username').waitFor()
  await keys.type('henry')
  await keys.press('Enter')
  await page.getByRole('button', { name: 'Start chat' }).waitFor()
  await tabTo(page, 'Start chat')
  await keys.press('Enter')
  await device.composer.waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
  for (const text of ['one', 'two', 'three']) {
    await keys.type(`keyboard ${text}`)
    await keys.press('Enter')
  }
  await device.sees('keyboard three', 'Sent|Delivered|Read')
  await keys.type('two lines')
  await keys.press('Shift+Enter')
  await keys.type('of text')
  await keys.press('Enter')
  await other.openChat('grace')
  await other.sees('two lines\nof text')
  await other.say('reply from henry')
  await device.sees('reply from henry')

  await keys.press('ArrowUp')
  assert.match((await focused(page)).name, /^henry, \d\d:\d\d, reply from henry\.$/, 'up from an empty composer: the newest message')
  await keys.press('ArrowUp')
  await keys.press('ArrowUp')
  assert.match((await focused(page)).name, /^You, \d\d:\d\d, keyboard three\. (Sent|Delivered|Read)\.$/)
  await keys.press('Enter')
  await keys.press('Tab')
  assert.match((await focused(page)).name, /Copy text/, 'its actions come with Enter, and only its own')
  await keys.press('Shift+Tab')
  await keys.press('Escape')
  await keys.press('Home')
  await keys.press('End')
  assert.match((await focused(page)).name, /reply from henry/)
  await keys.press('Tab')
  assert.equal((await focused(page)).name, 'Message', 'one Tab leaves the list of messages')
  await keys.press('Shift+Tab')
  await keys.press('Escape')
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA', null, { timeout: 5000 })

  await tabTo(page, 'More', 'Shift+Tab')
  await keys.press('Enter')
  await page.getByRole('menu').waitFor()
  await keys.press('Escape')
  assert.equal((await focused(page)).name, 'More', 'Escape gives the focus back')
  await keys.press('Enter')
  await keys.press('Enter')
  await page.getByTestId('safety-digits').waitFor()
  await tabTo(page, 'Mark as verified')
  await keys.press('Enter')
  await page.getByText('You verified henry').waitFor()
  await keys.press('Escape')

  await tabTo(page, 'Settings')
  await keys.press('Enter')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await tabTo(page, 'Theme')
  await keys.press('ArrowDown')
  await keys.press('ArrowDown')
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
  await tabTo(page, 'Sign out and erase')
  await keys.press('Enter')
  await page.getByRole('dialog').waitFor()
  for (let i = 0; i < 6; i++) {
    await keys.press('Tab')
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), 'the dialog keeps the focus')
  }
  await keys.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.match((await focused(page)).name, /Sign out and erase/)
  await other.close()
  await device.close()
})
