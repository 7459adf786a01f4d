// Two people in two browsers, against a real server: what must work on day one.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

let browser, server, alice, bob

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

test('two people register, one by the code of the mail, one by its link', { skip: missing }, async () => {
  alice = await (await Device.open(browser, server)).register('alice', { name: 'Alice Ahmadi' })

  bob = await Device.open(browser, server, { size: 'phone' })
  const { page } = bob
  await page.getByRole('link', { name: 'Create account' }).click()
  await page.getByLabel('Username').fill('bob')
  await page.getByLabel('E-mail address').fill('bob@example.org')
  await page.getByLabel('Password', { exact: true }).fill('four unusual words here')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
  const { link } = await server.mail('bob@example.org')
  assert.ok(link, 'the mail has a link')
  const other = await bob.context.newPage()
  await other.goto(link)
  await other.getByLabel('Password').fill('four unusual words here')
  await other.getByRole('button', { name: 'Confirm' }).click()
  await other.getByText('Your address is confirmed').waitFor()
  await other.close()
  await bob.inside()
})

test('one finds the other by username, and both read what was said', { skip: missing }, async () => {
  await alice.add('bob')
  await alice.say('Hello Bob, this is Alice.')
  await alice.sees('Hello Bob', 'Sent|Delivered')
  await bob.openChat('Alice Ahmadi')
  await bob.sees('Hello Bob')
  await alice.sees('Hello Bob', 'Read')
  await bob.say('Hello Alice! 👋')
  await alice.sees('Hello Alice!')
  assert.equal(await bob.name('Hello Bob').then((name) => name.startsWith('Alice Ahmadi, ')), true, 'its name says who wrote it')
})

test('many messages arrive on the other side in their order', { skip: missing }, async () => {
  for (let i = 1; i <= 12; i++) await alice.say(`number ${i}`)
  await bob.sees('number 12')
  await alice.sees('number 12', 'Delivered|Read')
  const texts = (await bob.texts()).filter((text) => text.startsWith('number'))
  assert.deepEqual(texts, Array.from({ length: 12 }, (_, i) => `number ${i + 1}`).slice(-texts.length))
})

test('a new message is read out once; what one sends oneself is not', { skip: missing }, async () => {
  await alice.page.evaluate(() => {
    window.said = []
    const box = document.querySelector('[data-testid="announcer"]')
    new MutationObserver(() => { if (box.textContent) window.said.push(box.textContent) })
      .observe(box, { childList: true, characterData: true, subtree: true })
  })
  await alice.say('I am silent')
  await bob.say('Say this once')
  await alice.sees('Say this once')
  await alice.sees('I am silent', 'Read')
  await alice.page.waitForTimeout(300)
  assert.deepEqual(await alice.page.evaluate(() => window.said), ['bob: Say this once'])
})

test('the list shows what came last, and what is unread', { skip: missing }, async () => {
  await bob.go('#/')
  await alice.say('one more for the list')
  const line = bob.page.getByTestId('conversation').filter({ hasText: 'Alice Ahmadi' })
  await line.getByText('one more for the list').waitFor()
  await line.getByText('1 unread message').waitFor()
  assert.match(await bob.page.title(), /^\(1\) /)
  await bob.openChat('Alice Ahmadi')
  await bob.page.getByRole('separator', { name: 'New messages' }).waitFor()
  await bob.go('#/')
  await line.getByText('1 unread message').waitFor({ state: 'detached' })
})

test('a draft waits where it was left, after a reload too', { skip: missing }, async () => {
  await alice.composer.fill('half a thou')
  await alice.page.waitForTimeout(900)
  await alice.page.reload()
  await alice.composer.waitFor()
  assert.equal(await alice.composer.inputValue(), 'half a thou')
  await alice.composer.fill('')
})

test('what was said is there after a reload', { skip: missing }, async () => {
  await bob.page.reload()
  await bob.openChat('Alice Ahmadi')
  await bob.sees('one more for the list')
  await bob.sees('Say this once', 'Read')
})

test('both see the same safety number, and one may mark it', { skip: missing }, async () => {
  const digits = []
  for (const device of [alice, bob]) {
    await device.menu('Safety number')
    digits.push(await device.page.getByTestId('safety-digits').textContent())
  }
  assert.match(digits[0], /^\d{60}$/)
  assert.equal(digits[0], digits[1])
  await alice.page.getByRole('button', { name: 'Mark as verified' }).click()
  await alice.page.getByText('You verified bob').waitFor()
  await alice.go('#/')
  await alice.page.getByTestId('conversation').filter({ hasText: 'Verified' }).waitFor()
  for (const device of [alice, bob]) {
    await device.go('#/')
    await device.openChat(device === alice ? 'bob' : 'Alice Ahmadi')
  }
})

test('a private chat is offered, accepted, looks its own way, and is closed', { skip: missing }, async () => {
  await alice.menu('Start a private chat')
  await alice.page.getByText('Waiting for bob to accept').first().waitFor()
  await bob.go('#/')
  await bob.page.getByTestId('conversation').filter({ hasText: 'Offers a private chat' }).click()
  await bob.page.getByRole('button', { name: 'Accept on this device' }).click()
  await alice.composer.waitFor()
  await alice.say('for your eyes only')
  await bob.sees('for your eyes only')
  await bob.say('seen')
  await alice.sees('seen')
  assert.equal(await bob.page.locator('.chat').getAttribute('data-kind'), 'private')
  await alice.menu('Close private chat')
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Close private chat' }).click()
  await bob.page.getByText('This conversation is closed.').waitFor()
  await alice.page.getByText('This conversation is closed.').waitFor()
})

test('an offer may be declined', { skip: missing }, async () => {
  await alice.go('#/')
  await alice.page.getByTestId('conversation').filter({ hasText: 'bob', hasNotText: 'Private chat' }).click()
  await alice.menu('Start a private chat')
  await alice.page.getByText('Waiting for bob to accept').first().waitFor()
  await bob.go('#/')
  await bob.page.getByTestId('conversation').filter({ hasText: 'Offers a private chat' }).click()
  await bob.page.getByRole('button', { name: 'Decline' }).click()
  await alice.page.getByText('This conversation is closed.').waitFor()
})

test('the profile changes, and the other side sees the new name', { skip: missing }, async () => {
  await bob.go('#/profile')
  await bob.page.getByLabel('Your name').fill('Bob Brandt')
  await bob.page.getByRole('button', { name: 'Save' }).click()
  await bob.page.getByText('Saved').waitFor()
  await alice.page.reload()
  await alice.inside()
  await alice.go('#/')
  await alice.page.getByTestId('conversation').filter({ hasText: 'Bob Brandt' }).first().waitFor()
})

test('settings: theme, storage, the hash of the build, an export with what was said', { skip: missing }, async () => {
  const { page } = alice
  await alice.go('#/settings')
  await page.getByLabel('Theme').selectOption('dark')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  const hash = await page.getByTestId('build').textContent()
  const said = await page.evaluate(() => fetch('/api/v1/server').then((answer) => answer.json()))
  assert.match(said.web_build, /^[0-9a-f]{64}$/)
  await page.getByText('The server names the same build.').waitFor()
  assert.equal(await page.getByTestId('build').textContent(), said.web_build, hash)
  await page.getByText(/ of .* used by this app/).waitFor()
  await page.getByRole('button', { name: 'Export my data' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export', exact: true }).click()])
  const { readFileSync } = await import('node:fs')
  const file = readFileSync(await download.path(), 'utf8')
  assert.ok(JSON.parse(file) && file.includes('Hello Bob, this is Alice.'), 'the file holds the messages')
  await page.getByLabel('Language').selectOption('de')
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  await page.getByLabel('Sprache').selectOption('en')
})

test('signing out keeps the chats for the next sign-in; signing out to erase leaves nothing', { skip: missing }, async () => {
  const { page } = bob
  await bob.go('#/settings')
  await page.getByRole('button', { name: 'Sign out Keys and chats stay' }).click()
  await page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await page.getByLabel('Password', { exact: true }).fill('four unusual words here')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await bob.go('#/')
  await bob.inside()
  await page.getByTestId('conversation').filter({ hasText: 'Alice' }).filter({ hasNotText: 'Private chat' }).click()
  await bob.sees('one more for the list')

  await bob.go('#/settings')
  await page.getByRole('button', { name: 'Sign out and erase' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Erase and sign out' }).click()
  await page.getByRole('link', { name: 'Create account' }).waitFor()
  const left = await page.evaluate(async () => Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((done) => {
    const open = indexedDB.open(name)
    open.onsuccess = () => {
      const stores = [...open.result.objectStoreNames]
      if (!stores.length) { open.result.close(); done(0); return }
      let sum = 0, waiting = stores.length
      const transaction = open.result.transaction(stores)
      for (const store of stores) transaction.objectStore(store).count().onsuccess = (event) => { sum += event.target.result; if (!--waiting) { open.result.close(); done(sum) } }
    }
  }))))
  assert.ok(left.every((n) => n <= 2), `records left: ${left}`)
})

test('nothing went wrong in either browser', { skip: missing }, async () => {
  await alice.close()
  await bob.close()
})
