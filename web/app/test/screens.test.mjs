// Every screen, light and dark, on a phone and a desktop: kept as pictures in
// build/screens to be looked at, checked by axe, and never wider than the window.
// What is shown comes from a fixture, so that rare states are seen, too.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import { launch, missing, sizes, watched } from './lib/browser.mjs'
import { serve } from './lib/static.mjs'

const app = join(import.meta.dirname, '..')
const pictures = join(app, '../../build/screens')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const chat = (n) => `#/chat/00000000-0000-7000-8000-${String(100 + n).padStart(12, '0')}`
const set = (change) => (page) => page.evaluate((to) => window.fixture.set(to), change)
const button = (name) => (page) => page.getByRole('button', { name }).first().click()
const fill = (label, text) => (page) => page.getByLabel(label, { exact: true }).fill(text)
const account = (change) => (page) => page.evaluate((to) => Object.assign(window.fixture.account, to), change)
const none = (page) => page.evaluate(() => Object.assign(window.fixture.account, { factors: window.fixture.noFactors }))

const screens = {
  welcome: ['#/', set({ session: 'signed_out' })],
  register: ['#/register', set({ session: 'signed_out' }), async (page) => {
    await page.getByLabel('Username').fill('A!')
    await page.getByLabel('E-mail address').fill('alex@example.org')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create account' }).click()
  }],
  'sign-in': ['#/signin', set({ session: 'signed_out' })],
  'sign-in-wait': ['#/signin', set({ session: 'signed_out' }), fill('Username or e-mail address', 'busy'), fill('Password', 'four unusual words'), button(/^Sign in$/)],
  'sign-in-factor': ['#/signin', set({ session: 'signed_out' }), fill('Username or e-mail address', 'alex'), fill('Password', 'four unusual words'), button(/^Sign in$/)],
  'sign-in-passkey-only': ['#/signin', set({ session: 'signed_out' }), fill('Username or e-mail address', 'key'), fill('Password', 'four unusual words'), button(/^Sign in$/)],
  'register-invited': ['#/register', set({ session: 'signed_out' }), async (page) => page.evaluate(() => window.fixture.set({
    server: { name: 'Chat on the island', version: '0.3.0', registration: 'invite', limits: { password_min: 8 }, webBuild: null, passkeys: null },
  }))],
  reset: ['#/reset', set({ session: 'signed_out', me: null })],
  'reset-code': ['#/reset', set({ session: 'signed_out', me: null }), fill('E-mail address', 'alex@example.org'), button('Send the code'),
    fill('Code or link of the mail', '12345678'), fill('New password', 'common words'), button('Set the password')],
  'reset-done': ['#/reset', set({ session: 'signed_out', me: null }), fill('E-mail address', 'alex@example.org'), button('Send the code'),
    fill('Code or link of the mail', '12345678'), fill('New password', 'four unusual words'), button('Set the password')],
  verify: ['#/', set({ session: 'unverified' })],
  preparing: ['#/', set({ session: 'preparing' })],
  'soft-signed-out': ['#/', set({ session: 'soft_signed_out' })],
  'new-device': ['#/', set({ session: 'pending' })],
  'new-device-compare': ['#/', set({ session: 'pending', link: { state: 'compare', qr: 'x', sas: '493 027', expires: 0, problem: null } })],
  'recovery-entry': ['#/', set({ session: 'pending' }), button('Use your recovery key')],
  'lost-everything': ['#/', set({ session: 'pending' }), button('Use your recovery key'), button('Neither a device')],
  recovering: ['#/', set({ session: 'recovering', archive: { state: 'restoring', restored: 1240, parts: 0, bytes: 0 } })],
  revoked: ['#/', set({ session: 'revoked' })],
  'other-tab': ['#/', set({ session: 'locked_by_other_tab' })],
  'storage-full': ['#/', set({ session: 'storage_failed' })],
  list: ['#/'],
  'list-empty': ['#/', set({ conversations: [], unread: 0, devices: [] })],
  'list-search': ['#/', async (page) => page.getByRole('searchbox').fill('jonas')],
  'list-nothing-found': ['#/', async (page) => page.getByRole('searchbox').fill('zebra')],
  chat: [chat(0)],
  'chat-actions': [chat(0), async (page) => {
    await page.locator('[data-row][tabindex="0"]').focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
  }],
  'chat-menu': [chat(0), async (page) => page.getByRole('button', { name: 'More', exact: true }).click()],
  'chat-private': [chat(1)],
  'chat-key-change': [chat(2), async (page) => page.evaluate(() => window.fixture.set({
    conversations: window.fixture.conversations.map((one, i) => (i === 2 ? { ...one, blocked: 'key_changed' } : one)),
  }))],
  'chat-offer': [chat(1), async (page) => page.evaluate(() => window.fixture.set({
    conversations: window.fixture.conversations.map((one, i) => (i === 1
      ? { ...one, private: { ...one.private, state: 'offered', mine: false, canAccept: true }, blocked: 'private_waiting' } : one)),
  }))],
  'chat-offline': [chat(3), set({ connection: { state: 'offline', since: 0, retryAt: Date.UTC(2026, 2, 12, 10, 43), pending: 0, problem: null } })],
  'chat-too-long': [chat(4), async (page) => page.getByRole('textbox', { name: 'Message' }).fill('long '.repeat(3300))],
  'chat-long': [chat(5), async (page) => page.locator('.timeline').evaluate((box) => { box.scrollTop -= 700 })],
  add: ['#/new', async (page) => { await page.getByLabel('Username').fill('theo'); await page.keyboard.press('Enter') }],
  'add-nobody': ['#/new', async (page) => { await page.getByLabel('Username').fill('nobody'); await page.keyboard.press('Enter') }],
  safety: [chat(0).replace('chat', 'safety')],
  settings: ['#/settings'],
  'settings-end': ['#/settings', async (page) => page.locator('.page').evaluate((box) => { box.scrollTop = 1e6 })],
  'sign-out': ['#/settings', async (page) => page.getByRole('button', { name: 'Sign out and erase' }).click()],
  profile: ['#/profile'],
  factors: ['#/factors'],
  'factors-none': ['#/settings', none, (page) => page.evaluate(() => { location.hash = '#/factors' })],
  'factors-totp': ['#/factors', button('Set up anew'), fill('Code that the app shows now', '123456'), button('Turn on')],
  'factors-backup': ['#/factors', button('Make new ones'), (page) => page.getByRole('dialog').getByRole('button', { name: 'Make new ones' }).click()],
  'factors-passkey': ['#/factors', button('Add a passkey')],
  'factors-passkey-remove': ['#/factors', async (page) => {
    await page.getByRole('button', { name: 'More: Alex’s phone' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
  }],
  proof: ['#/factors', account({ proven: false, codes: ['password'] }), button('Set up anew')],
  'proof-factors': ['#/factors', account({ proven: false, codes: ['password', 'totp', 'backup_code', 'passkey'] }), button('Set up anew'),
    fill('Password', 'four unusual words'), fill('Code of your app', '123456'), (page) => page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()],
  password: ['#/password', fill('Current password', 'four unusual words'), fill('New password', 'seven quite different words'), button(/^Change password$/)],
  'password-short': ['#/password', fill('Current password', 'four unusual words'), fill('New password', 'short'), button(/^Change password$/)],
  email: ['#/email', fill('New e-mail address', 'alex@example.net')],
  'email-code': ['#/email', fill('New e-mail address', 'alex@example.net'), button('Send the code'), fill('Code', '00000000'), button('Confirm the address')],
  'email-done': ['#/email', fill('New e-mail address', 'alex@example.net'), button('Send the code'), fill('Code', '12345678'), button('Confirm the address')],
  activity: ['#/activity'],
  blocks: ['#/blocks'],
  'blocks-failed': ['#/blocks', button('Unblock Théo Marchand')],
  'block-ask': [chat(0), async (page) => page.getByRole('button', { name: 'More', exact: true }).click(), (page) => page.getByRole('menuitem', { name: 'Block' }).click()],
  'chat-blocked': [chat(3), async (page) => page.evaluate(() => window.fixture.set({
    conversations: window.fixture.conversations.map((one, i) => (i === 3 ? { ...one, blocked: 'by_you', draft: '' } : one)),
  }))],
  'export-server': ['#/export', button('Start the export')],
  'export-server-cancelled': ['#/export', button('Start the export'), button('Cancel the export')],
  'export-server-done': ['#/export', set({ leaving: true }), button('Start the export')],
  deletion: ['#/delete'],
  'deletion-ask': ['#/delete', button('Delete my account')],
  'deletion-asked': ['#/delete', (page) => page.evaluate(() => window.fixture.change({ erasedAfter: window.fixture.now + 14 * 86_400_000 }))],
  'account-kept': ['#/', (page) => page.evaluate(() => window.fixture.change({ kept: true }))],
  devices: ['#/devices'],
  'sign-out-others': ['#/devices', button('Sign out other devices')],
  'remove-others': ['#/devices', button('Remove other devices')],
  'device-remove': ['#/devices', async (page) => {
    await page.getByRole('button', { name: 'More: Chrome on Android' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
  }],
  approve: ['#/approve/00000000-0000-7000-8000-000000000005', set({
    approval: { device: '00000000-0000-7000-8000-000000000005', name: 'Safari on iPad', platform: 'web', state: 'compare', sas: '493 027', expires: 0, problem: null },
  })],
  recovery: ['#/recovery', button('Make a recovery key')],
  'recovery-check': ['#/recovery', button('Make a recovery key'), button('I saved it')],
}

let browser, server, dist

before(async () => {
  if (missing) return
  dist = mkdtempSync(join(tmpdir(), 'ngx-chat-screens-'))
  execFileSync(process.execPath, [join(app, 'build.mjs'), '--out', join(dist, 'dist'), '--client', join(app, 'test/fixture/client.ts')])
  server = await serve(join(dist, 'dist'))
  browser = await launch()
  mkdirSync(pictures, { recursive: true })
})

after(async () => {
  await browser?.close()
  await server?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

/** One page for all screens: each begins as if it had just been opened. */
async function opened(options) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', serviceWorkers: 'block', ...options })
  await context.clock.setFixedTime(new Date('2026-03-12T10:42:00Z'))
  const { page, complaints } = await watched(context)
  await page.goto(server.url)
  await page.waitForFunction(() => window.fixture)
  await page.evaluate(axe) // by the protocol, past the page's policy
  return { page, complaints, close: () => context.close() }
}

async function show(page, name) {
  const [hash, ...steps] = screens[name]
  await page.evaluate((to) => window.fixture.begin(to), hash)
  for (const step of steps) await step(page)
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(60)
}

async function findings(page) {
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }))
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`).join(' | ')}`)
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

for (const [size, options] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`each screen on a ${size}, ${colorScheme}: readable by all, nothing beside the window`, { skip: missing }, async () => {
      const { page, complaints, close } = await opened({ ...options, colorScheme })
      const found = []
      for (const name of Object.keys(screens)) {
        await show(page, name)
        await page.screenshot({ path: join(pictures, `${name}-${size}-${colorScheme}.png`) })
        // what axe looks for depends on the colours and the screen, hardly on the window's size
        if ((size === 'phone') === (colorScheme === 'light')) found.push(...(await findings(page)).map((one) => `${name}: ${one}`))
        if (await wide(page) > 0) found.push(`${name}: ${await wide(page)} pixels too wide`)
        found.push(...complaints.splice(0).map((one) => `${name}: ${one}`))
      }
      await close()
      assert.deepEqual(found, [])
    })
  }
}

test('each screen works 320 pixels wide, and at 200 % on a small desktop', { skip: missing }, async () => {
  const found = []
  for (const viewport of [{ width: 320, height: 640 }, { width: 640, height: 400 }]) {
    const { page, close } = await opened({ viewport, deviceScaleFactor: 1 })
    for (const name of Object.keys(screens)) {
      await show(page, name)
      if (await wide(page) > 0) found.push(`${name} at ${viewport.width}: ${await wide(page)} pixels too wide`)
    }
    await close()
  }
  assert.deepEqual(found, [])
})

test('German fits, too', { skip: missing }, async () => {
  const { page, close } = await opened({ ...sizes.phone, locale: 'de-DE', timezoneId: 'Europe/Berlin' })
  const found = []
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de')
  for (const name of ['welcome', 'sign-in', 'verify', 'list', 'chat', 'chat-key-change', 'safety', 'settings', 'devices', 'password', 'email-code', 'activity', 'blocks', 'block-ask', 'chat-blocked', 'export-server', 'deletion', 'deletion-ask', 'deletion-asked', 'account-kept', 'remove-others', 'sign-in-factor', 'sign-in-wait', 'reset-code', 'factors', 'factors-none', 'factors-totp', 'factors-backup', 'proof-factors']) {
    // the way there is found by English words
    await page.evaluate(() => window.fixture.chooseLanguage('en'))
    await show(page, name)
    await page.evaluate(() => window.fixture.chooseLanguage('de'))
    await page.waitForFunction(() => document.documentElement.lang === 'de')
    await page.waitForTimeout(60)
    await page.screenshot({ path: join(pictures, `${name}-phone-german.png`) })
    if (await wide(page) > 0) found.push(`${name}: ${await wide(page)} pixels too wide`)
  }
  await close()
  assert.deepEqual(found, [])
})
