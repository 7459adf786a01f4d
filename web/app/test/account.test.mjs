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
  await page.locator('.toast').waitFor({ state: 'detached' })
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
  await device.go('#/')
  await device.page.getByLabel('Password', { exact: true }).fill(password)
  await device.page.getByRole('button', { name: 'Sign in', exact: true }).click()
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
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await phone.page.getByText('That name and password don’t belong together.').waitFor()
  await signInAgain(phone, OTHER)
})

test('who wants it keeps the other devices signed in through a change', { skip: missing }, async () => {
  const { page } = erin
  await page.locator('.toast').waitFor({ state: 'detached' }) // it says nearly the same
  await erin.go('#/password')
  await page.getByLabel('Current password').fill(OTHER)
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Keep my other devices signed in').check()
  await page.getByLabel('New password').press('Enter')
  await say(erin, 'Your password is changed.')
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
  await never(phone)
  await phone.inside()
})

test('the devices say where they were seen; the others are signed out at once, and keep their chats', { skip: missing }, async () => {
  const { page } = erin
  await erin.add('frank')
  await erin.say('seen by both')
  await frank.openChat('erin')
  await frank.sees('seen by both')
  await phone.openChat('frank')
  await phone.sees('seen by both')

  await erin.go('#/devices')
  const others = page.getByTestId('device').filter({ hasNotText: 'This device' })
  await others.getByText(/from (127\.0\.0\.0\/24|0:0:0:.*\/48|::\/48)/).waitFor()
  await page.getByRole('button', { name: 'Sign out other devices' }).click()
  await page.getByRole('dialog', { name: 'Sign out your other devices?' }).getByRole('button', { name: 'Cancel' }).click()
  await never(phone)
  assert.equal(await phone.page.getByText('Please sign in again').count(), 0, 'cancelling does nothing')
  await page.getByRole('button', { name: 'Sign out other devices' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out other devices' }).click()
  await phone.page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await others.getByText('Signed out', { exact: true }).waitFor()
  await picture(erin, 'devices')
  await signInAgain(phone, PASSWORD)
  await phone.openChat('frank')
  await phone.sees('seen by both')
})

test('who goes elsewhere while something is under way stays there', { skip: missing }, async () => {
  const { page } = erin
  let release
  const held = new Promise((resolve) => { release = resolve })
  await erin.go('#/new')
  await page.getByLabel('Username').fill('frank')
  await page.getByRole('button', { name: 'Find' }).click()
  const start = page.getByRole('button', { name: 'Start chat' })
  await start.waitFor()
  await page.route(/\/accounts\?/, async (route) => { await held; await route.continue() })
  await start.click()
  await erin.go('#/devices')
  const answered = page.waitForResponse(/\/accounts\?/)
  release()
  await answered
  await never(erin)
  await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
  await page.unroute(/\/accounts\?/)
})

test('all other devices are removed for good, with a proof; cancelling the proof removes none', { skip: missing }, async () => {
  const { page } = erin
  await unproven('erin')
  await erin.go('#/devices')
  const remove = async () => {
    await page.getByRole('button', { name: 'Remove other devices' }).click()
    await page.getByRole('dialog', { name: 'Remove all your other devices?' }).getByRole('button', { name: 'Remove other devices' }).click()
  }
  await remove()
  await page.getByRole('dialog', { name: 'Confirm that it’s you' }).getByRole('button', { name: 'Cancel' }).click()
  await never(phone)
  assert.equal(await phone.page.getByRole('heading', { name: 'This device was removed' }).count(), 0)
  await remove()
  await prove(erin, PASSWORD)
  await phone.page.getByRole('heading', { name: 'This device was removed' }).waitFor()
  await say(erin, 'Only this device is left.')
  assert.equal(await page.getByTestId('device').count(), 1)
  await phone.close()

  await erin.go('#/')
  await erin.openChat('frank')
  await frank.say('only for one device now')
  await erin.sees('only for one device now')
})

test('the security activity says in words what was done, and shows older entries page by page', { skip: missing }, async () => {
  const { page } = erin
  await server.ask({ do: 'psql', sql: `SELECT count(chat.audit(a.id, NULL, CASE WHEN n = 1 THEN 'detect.new_network' ELSE 'proof.create' END,
    'ok', CASE WHEN n = 1 THEN '198.51.0.0/16' END)) FROM chat.account a, generate_series(1, 60) n WHERE a.username = 'erin'` })
  await erin.go('#/settings')
  await page.getByRole('link', { name: 'Security activity' }).click()
  await page.getByTestId('audit').first().waitFor()
  assert.equal(await page.getByTestId('audit').count(), 50)
  await page.getByRole('button', { name: 'Show older' }).press('Enter')
  await page.getByText('Sign-in from a network that is new for you: 198.51.0.0/16').waitFor()
  while (await page.getByRole('button', { name: 'Show older' }).count() > 0) {
    await page.getByRole('button', { name: 'Show older' }).click()
    await page.waitForTimeout(200)
  }
  await page.getByText('That is all that is kept.').waitFor()
  const said = (await page.getByTestId('audit').locator('strong').allTextContents()).join('\n')
  for (const words of ['Account created', 'E-mail address confirmed', 'Password changed', 'Other devices signed out', 'Device removed', 'Device approved', 'Signed in']) {
    assert.ok(said.includes(words), `${words}\n${said}`)
  }
  assert.doesNotMatch(said, /^[a-z]+\.[a-z_]+/m, 'every action has words')
  const refused = page.getByTestId('audit').filter({ hasText: 'Refused: That name and password don’t belong together.' })
  assert.ok(await refused.count() > 0, 'a failed sign-in is in it')
  assert.match(await page.getByTestId('audit').filter({ hasText: 'Password changed' }).first().textContent(), /This device, from /)
  await page.locator('[data-action="detect.new_network"]').scrollIntoViewIfNeeded()
  await picture(erin, 'activity', { dark: true })
})

test('who is blocked doesn’t learn it, and nothing of them comes; unblocked, new messages do', { skip: missing }, async () => {
  const { page } = erin
  await erin.go('#/')
  await erin.openChat('frank')
  await erin.menu('Block')
  const dialog = page.getByRole('dialog', { name: 'Block frank?' })
  await dialog.getByText('frank isn’t told').waitFor()
  await picture(erin, 'block', { size: 'desktop' })
  await dialog.getByRole('button', { name: 'Block' }).click()
  await page.getByText('You block frank.').waitFor()
  assert.equal(await erin.composer.count(), 0, 'nothing can be written to them')
  await page.getByTestId('conversation').filter({ hasText: 'Blocked' }).waitFor()

  await frank.say('is anybody there')
  await frank.sees('is anybody there', 'Sent')
  await never(erin)
  assert.equal(await erin.message('is anybody there').count(), 0)
  assert.equal(await frank.page.getByText(/block/i).count(), 0, 'the blocked one sees nothing of it')

  await erin.go('#/blocks')
  await page.getByTestId('block').filter({ hasText: 'frank' }).waitFor()
  await picture(erin, 'blocks')
  await page.getByRole('button', { name: 'Unblock frank' }).click()
  await page.getByText('You block nobody.').waitFor()
  await erin.go('#/')
  await erin.openChat('frank')
  await frank.say('back again')
  await erin.sees('back again')
  await erin.say('so am I')
  await frank.sees('so am I')
  assert.equal(await erin.message('is anybody there').count(), 0, 'what was written meanwhile never comes')
})

test('somebody is blocked by name, too, and a name that nobody has is said so', { skip: missing }, async () => {
  const { page } = erin
  await erin.go('#/blocks')
  await page.getByLabel('Block somebody by username').fill('nobody.here')
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByText('Nobody here is called “nobody.here”.').waitFor()
  await page.getByLabel('Block somebody by username').fill('frank')
  await page.getByLabel('Block somebody by username').press('Enter')
  await page.getByRole('dialog', { name: 'Block frank?' }).getByRole('button', { name: 'Block' }).click()
  await page.getByTestId('block').filter({ hasText: 'frank' }).waitFor()
  await erin.go('#/')
  await erin.openChat('frank')
  await page.getByRole('button', { name: 'Unblock' }).click()
  await erin.composer.waitFor()
})

test('a deletion is typed and proven, a banner says when, and it can be cancelled', { skip: missing }, async () => {
  const { page } = erin
  await unproven('erin')
  await erin.go('#/settings')
  await page.getByRole('link', { name: 'Delete account' }).click()
  await page.getByText('what you sent stays on the devices of the people who got it').waitFor()
  await picture(erin, 'deletion', { dark: true })
  await page.getByRole('button', { name: 'Delete my account' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' })
  await dialog.getByLabel('Type erin to confirm').fill('eric')
  assert.ok(await dialog.getByRole('button', { name: 'Delete my account' }).isDisabled())
  await dialog.getByLabel('Type erin to confirm').fill('erin')
  await dialog.getByLabel('Type erin to confirm').press('Enter')
  await prove(erin, PASSWORD)
  const banner = page.getByTestId('banner-deletion')
  await banner.getByText(/Your account will be erased on \d+ \w+ \d{4}/).waitFor()
  assert.equal(await server.ask({ do: 'psql', sql: "SELECT erase_after > now() FROM chat.account WHERE username = 'erin'" }), 't')

  await page.reload()
  await banner.waitFor()
  await picture(erin, 'deletion-asked')
  await banner.getByRole('button', { name: 'Keep my account' }).click()
  await banner.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Delete my account' }).waitFor()
  assert.equal(await server.ask({ do: 'psql', sql: "SELECT erase_after IS NULL FROM chat.account WHERE username = 'erin'" }), 't')
})

test('signing in keeps an account that was to be erased, and says so', { skip: missing }, async () => {
  await server.ask({ do: 'psql', sql: "UPDATE chat.account SET erase_after = now() + interval '3 days' WHERE username = 'erin'" })
  await erin.go('#/settings')
  await erin.page.getByRole('button', { name: /^Sign out Keys/ }).click()
  await signInAgain(erin, PASSWORD)
  const banner = erin.page.getByTestId('banner-kept')
  await banner.getByText('Signing in kept it').waitFor()
  await banner.getByRole('button', { name: 'Close' }).click()
  await banner.waitFor({ state: 'detached' })
})

test('the export is saved whole as lines of JSON; cancelled, nothing is', { skip: missing }, async () => {
  const { page } = erin
  // what everybody has is soon gone from the server: one message waits for frank
  await frank.context.setOffline(true)
  await frank.page.getByTestId('banner-offline').waitFor()
  await erin.go('#/')
  await erin.openChat('frank')
  await erin.say('nobody but frank reads this')
  await erin.sees('nobody but frank reads this', 'Sent')
  // so that there are several pages
  await server.ask({ do: 'psql', sql: `SELECT count(chat.audit(a.id, NULL, 'proof.create', 'ok', NULL, jsonb_build_object('n', n, 'long', repeat('x', 1500))))
    FROM chat.account a, generate_series(1, 1000) n WHERE a.username = 'erin'` })
  await unproven('erin')
  await erin.go('#/export')
  // the second page waits until it is cancelled
  let held = null
  await page.route('**/account/export?cursor=*', (route) => { held = route })
  await page.getByRole('button', { name: 'Start the export' }).click()
  await prove(erin, PASSWORD)
  await page.getByTestId('export-progress').getByText(/[1-9][\d,]* records/).waitFor()
  await picture(erin, 'export')
  await page.getByRole('button', { name: 'Cancel the export' }).click()
  await say(erin, 'Cancelled. Nothing was saved.')
  await held.abort()
  await page.unroute('**/account/export?cursor=*')

  await page.getByRole('button', { name: 'Start the export' }).click()
  const link = page.getByRole('link', { name: 'Save the file' })
  await link.waitFor()
  assert.ok(await link.evaluate((it) => it === document.activeElement), 'the focus is on what comes next')
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
  assert.match(download.suggestedFilename(), /^ngx_chat-server-erin-\d{4}-\d\d-\d\d\.jsonl$/)
  const items = readFileSync(await download.path(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line))
  const of = (type) => items.filter((item) => item.type === type)
  assert.equal(of('account')[0].username, 'erin')
  assert.ok(of('audit').length >= 1000, `${of('audit').length}`)
  assert.ok(of('device').length > 0, 'devices')
  assert.ok(of('entry').length > 0, 'the message that waits')
  const words = Buffer.from('nobody but frank').toString('hex')
  assert.ok(!JSON.stringify(items).includes(words) && !JSON.stringify(items).includes('nobody but frank'), 'it is ciphertext')
  await frank.context.setOffline(false)
  await frank.sees('nobody but frank reads this')
})

test('another address is confirmed by its code; the old one is told of the way back', { skip: missing }, async () => {
  const { page } = erin
  await unproven('erin')
  await erin.go('#/settings')
  await page.getByRole('link', { name: 'Change e-mail address' }).click()
  await page.getByLabel('New e-mail address').fill('ERIN@example.org')
  await page.getByText('That is the address you have.').waitFor()
  await page.getByLabel('New e-mail address').fill('erin@new.example')
  await picture(erin, 'email', { dark: true })
  await page.getByLabel('New e-mail address').press('Enter')
  await prove(erin, PASSWORD)
  await page.getByText('A code is on its way to erin@new.example.').waitFor()
  const { code } = await server.mail('erin@new.example')
  await page.getByLabel('Code').fill(code === '00000000' ? '00000001' : '00000000')
  await page.getByLabel('Code').press('Enter')
  await page.getByText('That code isn’t right.').waitFor()
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByRole('heading', { name: 'Your address is changed' }).waitFor()
  await page.getByText('For seven days a link in that mail takes the change back').waitFor()
  assert.equal(await server.ask({ do: 'psql', sql: "SELECT email FROM chat.account WHERE username = 'erin'" }), 'erin@new.example')
  await erin.go('#/profile')
  await page.getByText('erin@new.example').waitFor()
  await erin.close()
  await frank.close()
})
