// What people do with their account, on the real server: password, sessions, security
// activity, blocking, deletion, export, address.
// SCREENS=docs/screens keeps the pictures that the README shows.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, missing, sizes } from './lib/browser.mjs'
import { Device, PASSWORD } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

const root = join(import.meta.dirname, '../../..')
const pictures = process.env.SCREENS ? join(root, process.env.SCREENS) : join(root, 'build/screens/account')
const OTHER = 'seven quite different words now'

let browser, server, erin, phone, frank

const say = (device, text) => device.page.getByRole('status').getByText(text).first().waitFor()
const never = (device) => device.page.waitForTimeout(700)

async function picture(device, name, { size = 'phone', dark = false } = {}) {
  const { page } = device
  const before = page.viewportSize()
  await page.setViewportSize(sizes[size].viewport)
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(100)
  await page.screenshot({ path: join(pictures, `${name}-${size}-${dark ? 'dark' : 'light'}.png`) })
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** The last proof of an account is too old from now on. */
const unproven = (username) => server.ask({ do: 'psql', sql: `UPDATE chat.session SET proven = now() - interval '1 hour'
  WHERE account = (SELECT id FROM chat.account WHERE username = '${username}' AND state <> 'unverified')` })

async function prove(device, password) {
  const dialog = device.page.getByRole('dialog', { name: 'Confirm that it’s you' })
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** Lets a device that waits in, by the digits. */
async function letIn(old, fresh) {
  await old.go('#/')
  await old.page.getByRole('link', { name: 'Review' }).click()
  await old.page.getByRole('button', { name: 'Compare digits instead' }).click()
  for (const { page } of [fresh, old]) await page.getByRole('button', { name: 'They are equal' }).click()
  await fresh.inside()
}

async function signInAgain(device, password) {
  await device.page.getByLabel('Password', { exact: true }).fill(password)
  await device.page.getByRole('button', { name: 'Sign in' }).click()
  await device.inside()
}

before(async () => {
  if (missing) return
  mkdirSync(pictures, { recursive: true })
  server = await Server.start()
  browser = await launch()
  erin = await (await Device.open(browser, server)).register('erin')
  frank = await (await Device.open(browser, server)).register('frank')
  phone = await (await Device.open(browser, server, { size: 'phone' })).signIn('erin')
  await letIn(erin, phone)
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

test('the password is changed by the one that is; the other device has to sign in with the new one', { skip: missing }, async () => {
  const { page } = erin
  await erin.go('#/settings')
  await page.getByRole('link', { name: 'Change password' }).click()
  const form = page.locator('form')
  const change = () => form.getByRole('button', { name: 'Change password' }).click()
  await page.getByLabel('Current password').fill('not the password at all')
  await page.getByLabel('New password').fill('short')
  await change()
  await page.getByText(/Use at least \d+ characters/).waitFor()
  await page.getByLabel('New password').fill(OTHER)
  await change()
  await page.getByText('That isn’t your password.').waitFor()
  assert.equal(await page.getByLabel('Current password').getAttribute('aria-invalid'), 'true')
  await picture(erin, 'password')
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByLabel('Current password').press('Enter')
  await say(erin, 'Your other devices have to sign in again')

  await phone.page.getByRole('heading', { name: 'Sign in again' }).waitFor()
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await phone.page.getByRole('button', { name: 'Sign in' }).click()
  await phone.page.getByText('That name and password don’t belong together.').waitFor()
  await signInAgain(phone, OTHER)
})

test('who wants it keeps the other devices signed in through a change', { skip: missing }, async () => {
  const { page } = erin
  await erin.go('#/password')
  await page.getByLabel('Current password').fill(OTHER)
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Keep my other devices signed in').check()
  await page.getByLabel('New password').press('Enter')
  await say(erin, 'Your password is changed.')
  await never(phone)
  await phone.inside()
})
