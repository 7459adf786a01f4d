// A forgotten password: code and link of the mail, what stays, and what is said when
// it goes wrong; and accounts by invitation.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device, PASSWORD } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

const NEW = 'quite other words than before'
const NEWER = 'and these are newer still'

let browser, server, rosa

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
  rosa = await (await Device.open(browser, server)).register('rosa')
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

const button = (page, name) => page.getByRole('button', { name, exact: true })

async function forgot(page, email) {
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await button(page, 'Send the code').click()
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
}

async function set(page, code, password) {
  await page.getByLabel('Code or link of the mail').fill(code)
  await page.getByLabel('New password').fill(password)
  await button(page, 'Set the password').click()
}

test('an address that nobody has is answered like any other', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  await device.page.getByRole('link', { name: 'Sign in' }).click()
  await forgot(device.page, 'nobody@example.org')
  await device.page.getByText('If nobody@example.org belongs to an account').waitFor()
  await set(device.page, '12345678', NEW)
  await device.page.getByRole('alert').filter({ hasText: 'That code isn’t right' }).waitFor()
  await device.close()
})

test('with the code of the mail a new password is set; a short or known one says why', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  const { page } = device
  await page.getByRole('link', { name: 'Sign in' }).click()
  await forgot(page, 'rosa@example.org')
  const { code } = await server.mail('rosa@example.org', 2)
  await set(page, code, 'short')
  await page.getByText(/Use at least \d+ characters/).waitFor()
  await set(page, code, 'passwordpassword')
  await page.getByText('This password is one of those that everybody guesses').waitFor()
  const wrong = String((Number(code) + 1) % 1e8).padStart(8, '0')
  await set(page, wrong, NEW)
  await page.getByText('That code isn’t right').waitFor()
  await set(page, code, NEW)
  await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
  assert.equal(page.url().includes(code), false)
  await device.close()
})

test('the device that was signed in is out, keeps its keys, and comes back with the new password', { skip: missing }, async () => {
  const { page } = rosa
  await page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button(page, 'Sign in').click()
  await page.getByText('That name and password don’t belong together.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(NEW)
  await button(page, 'Sign in').click()
  await rosa.inside()
})

test('the link of the mail does the same where it is pasted; a part of it says so', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  const { page } = device
  await page.getByRole('link', { name: 'Sign in' }).click()
  await forgot(page, 'rosa@example.org')
  const { link } = await server.mail('rosa@example.org', 4) // the third told of the change
  assert.match(link, /#reset\./)
  await set(page, link.slice(0, -5), NEWER)
  await page.getByText('That isn’t the link of such a mail').waitFor()
  await set(page, link, NEWER)
  await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
  await button(page, 'Sign in').click()
  await page.getByLabel('Username or e-mail address').fill('rosa')
  await page.getByLabel('Password', { exact: true }).fill(NEWER)
  await button(page, 'Sign in').click()
  await page.getByRole('heading', { name: 'Approve this device' }).waitFor()

  // who tries the link again, on its own page
  await page.goto(link)
  await page.getByLabel('New password').fill('once more other words')
  await button(page, 'Set the password').click()
  await page.getByText(/expired or was used up/).waitFor()
  await device.context.close()
})

test('too many attempts: how long to wait counts down, and then it works again', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  const { page } = device
  let asked = 0
  await page.route('**/password_resets', (route) => (++asked > 1 ? route.continue() : route.fulfill({
    status: 429, headers: { 'Retry-After': '3', 'Content-Type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title: 'x', status: 429, code: 'rate_limited', retryable: true }),
  })))
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail address').fill('rosa@example.org')
  const send = button(page, 'Send the code')
  await send.click()
  await page.getByText('You can try again in 3 seconds').waitFor()
  assert.equal(await send.isDisabled(), true)
  await page.getByText('You can try again in 1 second.').waitFor()
  await page.getByText('You can try again now.').waitFor()
  await send.click()
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
  await device.close()
})

test('where an invitation is wanted, one lets in; without it nobody registers, and none is good twice', { skip: missing }, async () => {
  const inviting = await Server.start('', 'chat_registration invite;')
  try {
    const token = (await inviting.ask({ do: 'psql', sql: "SELECT token FROM chat.invitation_create(1, '1 day', 'a test')" })).trim()
    for (const [name, outcome] of [['tim', 'Check your mail'], ['tom', 'This invitation isn’t known']]) {
      const device = await Device.open(browser, inviting)
      const { page } = device
      await page.getByText('This server takes new accounts by invitation').waitFor()
      await page.getByRole('link', { name: 'Create account' }).click()
      await page.getByLabel('Invitation').fill('please')
      await page.getByLabel('Username').fill(name)
      await page.getByLabel('E-mail address').fill(`${name}@example.org`)
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await button(page, 'Create account').click()
      await page.getByText('That isn’t an invitation').waitFor()
      await page.getByLabel('Invitation').fill(`Your invitation: ${token}`)
      await button(page, 'Create account').click()
      await page.getByText(outcome).first().waitFor()
      await device.close()
    }
  } finally {
    await inviting.stop()
  }
})
