// A second device, its approval, removal, the recovery key, and starting anew with nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device, PASSWORD } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

let browser, server, carol, tablet, dave, key

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
  carol = await (await Device.open(browser, server)).register('carol')
  dave = await (await Device.open(browser, server)).register('dave')
  await carol.add('dave')
  await carol.say('before the tablet')
  await dave.openChat('carol')
  await dave.sees('before the tablet')
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

test('a new device waits, and is let in when both screens show the same digits', { skip: missing }, async () => {
  tablet = await (await Device.open(browser, server, { size: 'phone' })).signIn('carol')
  await tablet.page.getByRole('img', { name: 'QR code for linking this device' }).waitFor()
  await carol.go('#/')
  await carol.page.getByText('A new device wants to join your account').waitFor()
  await carol.page.getByRole('link', { name: 'Review' }).click()
  await carol.page.getByRole('button', { name: 'Compare digits instead' }).click()
  const digits = await Promise.all([carol, tablet].map(async ({ page }) => {
    await page.getByTestId('sas').waitFor()
    return page.getByTestId('sas').textContent()
  }))
  assert.match(digits[0], /^\d{3} \d{3}$/)
  assert.equal(digits[0], digits[1])
  await tablet.page.getByRole('button', { name: 'They are equal' }).click()
  await carol.page.getByRole('button', { name: 'They are equal' }).click()
  await carol.page.getByText('The device is approved.').waitFor()
  await tablet.inside()
})

test('the new device reads what is said from then on, and writes', { skip: missing }, async () => {
  await tablet.openChat('dave')
  await dave.say('to both of your devices')
  await tablet.sees('to both of your devices')
  await tablet.say('from the tablet')
  await dave.sees('from the tablet')
  await carol.go('#/')
  await carol.openChat('dave')
  await carol.sees('from the tablet')
  await carol.sees('to both of your devices')
})

test('a device gets a name, and a removed one forgets everything', { skip: missing }, async () => {
  await carol.go('#/devices')
  const entry = carol.page.getByTestId('device').filter({ hasNotText: 'This device' })
  await entry.waitFor()
  await entry.getByRole('button', { name: /^More/ }).click()
  await carol.page.getByRole('menuitem', { name: 'Rename' }).click()
  await carol.page.getByLabel('Name of the device').fill('Tablet in the kitchen')
  await carol.page.getByRole('button', { name: 'Save', exact: true }).click()
  const renamed = carol.page.getByTestId('device').filter({ hasText: 'Tablet in the kitchen' })
  await renamed.waitFor()

  await renamed.getByRole('button', { name: /^More/ }).click()
  await carol.page.getByRole('menuitem', { name: 'Remove' }).click()
  await carol.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await tablet.page.getByRole('heading', { name: 'This device was removed' }).waitFor()
  await renamed.waitFor({ state: 'detached' })

  await carol.go('#/')
  await carol.openChat('dave')
  await dave.say('not for the tablet any more')
  await carol.sees('not for the tablet any more')
  assert.equal(await tablet.message('not for the tablet').count(), 0)
  await tablet.page.getByRole('button', { name: 'Start over' }).click()
  await tablet.page.getByRole('link', { name: 'Create account' }).waitFor()
})

test('the recovery key is shown once and checked', { skip: missing }, async () => {
  await carol.go('#/recovery')
  await carol.page.getByRole('button', { name: 'Make a recovery key' }).click()
  const groups = await carol.page.getByTestId('recovery-key').locator('span').allTextContents()
  key = groups.join('-')
  assert.ok(key.replaceAll('-', '').length >= 26, `at least 128 bits: ${key}`)
  await carol.page.getByRole('button', { name: 'I saved it' }).click()
  await carol.page.getByLabel('Last group').fill('wrong')
  await carol.page.getByRole('button', { name: 'Done' }).click()
  await carol.page.getByText('That isn’t the last group').waitFor()
  await carol.page.getByLabel('Last group').fill(groups.at(-1).toLowerCase())
  await carol.page.getByRole('button', { name: 'Done' }).click()
  await carol.page.getByText('Your recovery key is in force.').waitFor()
  await carol.go('#/settings')
  await carol.page.getByRole('button', { name: 'Save now' }).click()
  await carol.page.getByText('Encrypted with a key that only your devices hold.').waitFor()
})

test('who lost every device comes back by the recovery key, history and all', { skip: missing }, async () => {
  await carol.page.waitForTimeout(500)
  await carol.close()
  const fresh = await (await Device.open(browser, server)).signIn('carol')
  await fresh.page.getByRole('button', { name: 'Use your recovery key' }).click()
  await fresh.page.getByLabel('Recovery key').fill('AAAA-BBBB')
  await fresh.page.getByRole('button', { name: 'Recover', exact: true }).click()
  await fresh.page.getByText('That isn’t a valid recovery key').waitFor()
  await fresh.page.getByLabel('Recovery key').fill(key.toLowerCase().replaceAll('-', ' '))
  await fresh.page.getByRole('button', { name: 'Recover', exact: true }).click()
  await fresh.inside()
  await fresh.openChat('dave')
  await fresh.sees('before the tablet')
  await dave.say('welcome back')
  await fresh.sees('welcome back')
  await fresh.say('good to be back')
  await dave.sees('good to be back')
  assert.equal(await dave.page.locator('.line.warn').count(), 0, 'the safety number is the same')
  await fresh.close()
})

test('who lost the key, too, starts with new ones, and the other side is told', { skip: missing }, async () => {
  const bare = await (await Device.open(browser, server)).signIn('carol')
  await bare.page.getByRole('button', { name: 'Use your recovery key' }).click()
  await bare.page.getByRole('button', { name: 'Neither a device nor the recovery key' }).click()
  await bare.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await bare.page.getByRole('button', { name: 'Start with new keys' }).click()
  await bare.page.getByRole('dialog').getByRole('button', { name: 'Start with new keys' }).click()
  await bare.inside()
  await bare.openChat('dave')
  await bare.say('new keys, same me')
  await dave.page.getByText('Your safety number with carol changed').first().waitFor()
  await dave.sees('new keys, same me')
  await bare.close()
  await dave.close()
})
