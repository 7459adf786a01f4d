// Second factors as their owner meets them: codes of an app, backup codes, passkeys,
// the proof before a change, and signing in with each.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Authenticator } from './lib/passkeys.mjs'
import { Device, PASSWORD } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

const STEP = 30 // seconds that a code is shown

let browser, server, vera, passkeys, secret, codes

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
  vera = await (await Device.open(browser, server)).register('vera')
  passkeys = await Authenticator.add(vera.page)
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

/** RFC 6238 as an app computes it; ahead: that many steps from now, since no code is taken twice. */
function totp(base32, ahead = 0) {
  const bits = [...base32].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP) + ahead))
  const hash = createHmac('sha1', key).update(counter).digest()
  const at = hash[19] & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** As if the account's codes had never been used: the next test needs no half minute. */
const anew = () => server.ask({ do: 'psql', sql: 'UPDATE chat.totp SET last_step = 0' })
const unproven = () => server.ask({ do: 'psql', sql: 'UPDATE chat.session SET proven = NULL' })
const button = (page, name) => page.getByRole('button', { name, exact: true })

/** The person proves themselves in the dialog. */
async function prove(page, how) {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it’s you' })
  await dialog.waitFor()
  await how(dialog)
  await dialog.waitFor({ state: 'detached' })
}

async function take(page) {
  const dialog = page.getByRole('dialog', { name: 'Save your backup codes' })
  await dialog.getByRole('listitem').first().waitFor()
  const shown = await dialog.getByRole('listitem').allTextContents()
  assert.equal(shown.length, 10)
  assert.equal(await dialog.getByRole('button', { name: 'Done' }).isDisabled(), true, 'first they are saved')
  await page.keyboard.press('Escape')
  assert.equal(await dialog.isVisible(), true, 'no key closes what is shown once')
  await dialog.getByLabel('I saved them').check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'detached' })
  return shown
}

async function fresh() {
  const device = await Device.open(browser, server)
  return device.signIn('vera')
}

test('without a fresh proof a change asks for one; who cancels changes nothing', { skip: missing }, async () => {
  const { page } = vera
  await unproven()
  await vera.go('#/factors')
  await page.getByText('Your account has no second factor yet').waitFor()
  await button(page, 'Set up').click()
  const dialog = page.getByRole('dialog', { name: 'Confirm that it’s you' })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(await page.getByTestId('totp-secret').count(), 0)

  // by keyboard from here: the focus is back where it began, and in the dialog where it is needed
  await page.waitForFunction(() => document.activeElement?.textContent === 'Set up')
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await page.keyboard.type('not the right words')
  await page.keyboard.press('Enter')
  await dialog.getByText('That isn’t your password.').waitFor()
  await page.waitForFunction(() => document.activeElement?.name === 'password')
  await page.keyboard.press('Control+A')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByTestId('totp-secret').waitFor()
})

test('codes of an app are set up by QR code or key, a wrong code says so, backup codes are shown once', { skip: missing }, async () => {
  const { page } = vera
  await page.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor()
  secret = (await page.getByTestId('totp-secret').textContent()).replace(/\s/g, '')
  assert.match(secret, /^[A-Z2-7]{32}$/)
  const right = totp(secret)
  await page.getByLabel('Code that the app shows now').fill(right === '000000' ? '111111' : '000000')
  await button(page, 'Turn on').click()
  await page.getByRole('alert').filter({ hasText: 'That code isn’t right' }).waitFor()
  await page.getByLabel('Code that the app shows now').fill(totp(secret))
  await button(page, 'Turn on').click()
  codes = await take(page)
  await page.getByText(/^On since/).waitFor()
  await page.getByText('10 codes are left').waitFor()

  const kept = await page.evaluate(async () => {
    const stores = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), location.href, document.documentElement.outerHTML]
    return stores.join('\n')
  })
  for (const one of [secret, ...codes]) assert.equal(kept.includes(one), false, 'nothing of it is left')
})

test('signing in then wants the code; one that was used is refused, and so is a wrong one', { skip: missing }, async () => {
  await anew()
  const device = await fresh()
  const { page } = device
  await page.getByRole('heading', { name: 'One step more' }).waitFor()
  const code = totp(secret)
  await page.getByLabel('Code of your app').fill(code)
  await button(page, 'Sign in').click()
  await page.getByRole('heading', { name: 'Approve this device' }).waitFor()
  await device.close()

  const again = await fresh()
  await again.page.getByLabel('Code of your app').fill(code)
  await button(again.page, 'Sign in').click()
  await again.page.getByText('That code isn’t right, or was used before').waitFor()
  assert.equal(await again.page.getByLabel('Code of your app').inputValue(), '', 'the field waits for the next one')
  await again.close()
})

test('a backup code signs in, once', { skip: missing }, async () => {
  for (const works of [true, false]) {
    const device = await fresh()
    const { page } = device
    await button(page, 'Use a backup code instead').click()
    await page.getByLabel('Backup code').fill(codes[0].toLowerCase())
    await button(page, 'Sign in').click()
    if (works) await page.getByRole('heading', { name: 'Approve this device' }).waitFor()
    else await page.getByText('That code isn’t right, or was used before').waitFor()
    await device.close()
  }
  await vera.go('#/settings')
  await vera.go('#/factors')
  await vera.page.getByText('9 codes are left').waitFor()
})

test('a passkey is added after a proof with both, gets a name, and another', { skip: missing }, async () => {
  const { page } = vera
  await unproven()
  await anew()
  await button(page, 'Add a passkey').click()
  await page.getByLabel('Name of the passkey').fill('My laptop')
  await button(page, 'Continue').click()
  await prove(page, async (dialog) => {
    assert.equal(await dialog.getByRole('button', { name: 'Use a passkey' }).count(), 0, 'there is none yet')
    await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await dialog.getByLabel('Code of your app').fill(totp(secret))
    await dialog.getByRole('button', { name: 'Confirm' }).click()
  })
  await page.getByTestId('passkey').filter({ hasText: 'My laptop' }).waitFor()
  assert.equal(await passkeys.count(), 1)

  await button(page, 'More: My laptop').click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('Name of the passkey').fill('The old laptop')
  await button(page, 'Save').click()
  await page.getByTestId('passkey').filter({ hasText: 'The old laptop' }).waitFor()
})

test('the same device makes no second passkey of the account, and says why', { skip: missing }, async () => {
  const { page } = vera
  await button(page, 'Add a passkey').click()
  await button(page, 'Continue').click()
  await page.getByText('This device has a passkey of your account already.').waitFor()
  await button(page, 'Cancel').click()
})

test('the passkey is a proof by itself; backup codes are made anew and the old ones end', { skip: missing }, async () => {
  const { page } = vera
  await unproven()
  await button(page, 'Make new ones').click()
  await page.getByRole('dialog', { name: 'Make new backup codes?' }).getByRole('button', { name: 'Make new ones' }).click()
  await prove(page, (dialog) => dialog.getByRole('button', { name: 'Use a passkey' }).click())
  const made = await take(page)
  assert.equal(made.some((code) => codes.includes(code)), false)
  await page.getByText('10 codes are left').waitFor()
})

test('a passkey signs in with neither name nor password', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  const { page } = device
  await Authenticator.add(page, await passkeys.credentials(), { present: false })
    .then(async (copy) => {
      await page.getByRole('link', { name: 'Sign in' }).click()
      await copy.present(true)
      const signIn = button(page, 'Sign in with a passkey')
      // the browser may have offered it where the name is typed, and been answered by then
      await Promise.race([signIn.click(), page.getByRole('heading', { name: 'Approve this device' }).waitFor()])
      await page.getByRole('heading', { name: 'Approve this device' }).waitFor()
      passkeys.used = await copy.credentials()
    })
  await device.close()
})

test('whoever gives nothing to the browser’s dialog is told, and signs in another way', { skip: missing }, async () => {
  const device = await Device.open(browser, server)
  const { page } = device
  await Authenticator.add(page, [])
  await page.getByRole('link', { name: 'Sign in' }).click()
  await button(page, 'Sign in with a passkey').click()
  await page.getByText('No passkey was used').waitFor()
  await page.getByLabel('Username or e-mail address').fill('vera')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button(page, 'Sign in').click()
  await page.getByRole('heading', { name: 'One step more' }).waitFor()
  await button(page, 'Back').click()
  await page.getByLabel('Password', { exact: true }).waitFor()
  await device.close()
})

test('without a second factor the password alone signs in again', { skip: missing }, async () => {
  const { page } = vera
  await button(page, 'More: The old laptop').click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('No passkeys yet').waitFor()
  await button(page, 'Turn off').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
  await page.getByText('Your account has no second factor yet').waitFor()
  assert.equal(await page.getByTestId('backup').count(), 0)
  const device = await fresh()
  await device.page.getByRole('heading', { name: 'Approve this device' }).waitFor()
  await device.close()
  await vera.close()
})
