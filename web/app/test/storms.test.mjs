// What happens to connections, tabs and servers must cost nobody a message.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

let browser, server, erin, frank

before(async () => {
  if (missing) return
  server = await Server.start()
  browser = await launch()
  erin = await (await Device.open(browser, server)).register('erin')
  frank = await (await Device.open(browser, server)).register('frank')
  await erin.add('frank')
  await erin.say('hello')
  await frank.openChat('erin')
  await frank.sees('hello')
  await frank.say('hello yourself')
  await erin.sees('hello yourself')
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

/** The shell is in the service worker's hands: from here on it opens without a server. */
const controlled = (device) => device.page.evaluate(() => navigator.serviceWorker.ready.then(() => new Promise((done) => {
  if (navigator.serviceWorker.controller) done()
  else navigator.serviceWorker.addEventListener('controllerchange', () => done(), { once: true })
})))

test('what is written without a connection waits, and goes out in order when it is back', { skip: missing }, async () => {
  await erin.context.setOffline(true)
  try {
    await erin.page.getByTestId('banner-offline').waitFor()
    for (const text of ['first in the tunnel', 'second in the tunnel', 'third in the tunnel']) await erin.say(text)
    await erin.sees('third in the tunnel', 'Waiting to be sent|Sending')
  } finally {
    await erin.context.setOffline(false)
  }
  await frank.sees('third in the tunnel')
  await erin.sees('third in the tunnel', 'Sent|Delivered|Read')
  await erin.page.getByTestId('banner-offline').waitFor({ state: 'detached' })
  assert.deepEqual((await frank.texts()).filter((text) => text.includes('tunnel')), ['first in the tunnel', 'second in the tunnel', 'third in the tunnel'])
})

test('a reload in the middle of sending loses nothing and sends nothing twice', { skip: missing }, async () => {
  for (let i = 1; i <= 5; i++) await erin.say(`in a hurry ${i}`)
  await erin.sees('in a hurry 5') // from here on it is promised to be sent
  await erin.page.reload()
  await erin.composer.waitFor()
  await erin.sees('in a hurry 5', 'Sent|Delivered|Read')
  await frank.sees('in a hurry 5')
  assert.deepEqual((await frank.texts()).filter((text) => text.startsWith('in a hurry')), [1, 2, 3, 4, 5].map((i) => `in a hurry ${i}`))
})

test('the app opens without a server, shows what was said, and keeps what is written', { skip: missing }, async () => {
  await controlled(erin)
  await server.ask({ do: 'stop' })
  await erin.page.reload()
  await erin.composer.waitFor()
  await erin.sees('hello yourself')
  await erin.page.getByTestId('banner-offline').waitFor()
  await erin.say('into the dark')
  await erin.sees('into the dark', 'Waiting to be sent|Sending')
  await erin.page.reload()
  await erin.sees('into the dark', 'Waiting to be sent|Sending')
  await server.ask({ do: 'start' })
  await frank.sees('into the dark')
  await erin.sees('into the dark', 'Sent|Delivered|Read')
})

test('a worker of the server that dies is not noticed but by a moment', { skip: missing }, async () => {
  await server.ask({ do: 'kill_worker' })
  await server.ask({ do: 'kill_worker' })
  await erin.say('after the crash')
  await frank.sees('after the crash')
  await frank.say('nothing noticed')
  await erin.sees('nothing noticed')
})

test('two tabs are one device: the second asks, takes over, and the first waits', { skip: missing }, async () => {
  const second = await erin.context.newPage()
  await second.goto(server.url)
  const asked = second.getByRole('heading', { name: 'Open in another tab' })
  await asked.waitFor()
  await second.getByRole('button', { name: 'Use here' }).click()
  await second.getByRole('heading', { name: 'Chats', exact: true }).waitFor()
  await erin.page.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByTestId('conversation').first().click()
  await second.getByRole('textbox', { name: 'Message' }).fill('from the second tab')
  await second.getByRole('textbox', { name: 'Message' }).press('Enter')
  await frank.sees('from the second tab')
  await erin.page.getByRole('button', { name: 'Use here' }).click()
  await erin.composer.waitFor()
  await erin.sees('from the second tab')
  await second.close()
})

test('when the tab that leads is closed the other one leads by itself, with one writer at any time', { skip: missing }, async () => {
  const second = await erin.context.newPage()
  await second.goto(server.url)
  await second.getByRole('button', { name: 'Use here' }).click()
  await second.getByRole('heading', { name: 'Chats', exact: true }).waitFor()
  await erin.page.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  const held = () => erin.page.evaluate(() => navigator.locks.query().then(({ held }) => held.filter(({ name }) => name.startsWith('ngx-chat:')).length))
  assert.equal(await held(), 1)
  await second.getByTestId('conversation').first().click()
  await second.getByRole('textbox', { name: 'Message' }).fill('a moment before the tab goes')
  await second.getByRole('textbox', { name: 'Message' }).press('Enter')
  await second.getByText('a moment before the tab goes').first().waitFor()
  await second.close()
  await erin.composer.waitFor() // nobody asked
  assert.equal(await held(), 1)
  await erin.sees('a moment before the tab goes', 'Sent|Delivered|Read')
  await frank.sees('a moment before the tab goes')
  await erin.say('the other tab goes on')
  await frank.sees('the other tab goes on')
})

test('who scrolled up stays there when something comes in, and a pill counts it', { skip: missing }, async () => {
  for (let i = 1; i <= 40; i++) await frank.say(`line ${i} of a long story that goes on and on`)
  await erin.sees('line 40 of')
  const timeline = erin.page.locator('.timeline')
  await timeline.evaluate((box) => { box.scrollTop -= 900 })
  await erin.page.waitForTimeout(200)
  const at = () => erin.page.evaluate(() => {
    const box = document.querySelector('.timeline').getBoundingClientRect()
    const first = [...document.querySelectorAll('article.message')].map((one) => [one.textContent, one.getBoundingClientRect().top - box.top])
      .filter(([, top]) => top > 0).sort((a, b) => a[1] - b[1])[0]
    return { text: first[0], top: Math.round(first[1]) }
  })
  const before = await at()
  await frank.say('meanwhile')
  await frank.say('meanwhile again')
  await erin.page.getByRole('button', { name: '2 new messages' }).waitFor()
  assert.deepEqual(await at(), before)
  await erin.page.getByRole('button', { name: '2 new messages' }).click()
  await erin.sees('meanwhile again')
  await frank.sees('meanwhile again', 'Read')
})

/** Another version: the same files, one of them with another byte, and their list. */
async function publishNext(mark, change, then) {
  const next = mkdtempSync(join(tmpdir(), 'ngx-chat-next-'))
  try {
    cpSync(join(import.meta.dirname, '../dist'), next, { recursive: true })
    const sha = (name) => createHash('sha256').update(readFileSync(join(next, name)))
    const worker = readFileSync(join(next, 'sw.js'), 'utf8')
    const old = sha('icon.svg').digest('base64')
    writeFileSync(join(next, 'icon.svg'), `${readFileSync(join(next, 'icon.svg'), 'utf8')}<!-- ${mark} -->\n`)
    const changed = change(worker.replace(old, sha('icon.svg').digest('base64')).replace('shell-', `shell-${mark}`))
    assert.notEqual(changed, worker)
    writeFileSync(join(next, 'sw.js'), changed)
    for (const name of readdirSync(next).filter((one) => one.endsWith('.gz'))) rmSync(join(next, name))
    await server.ask({ do: 'publish', dir: next })
    await erin.page.evaluate(() => navigator.serviceWorker.getRegistration().then((one) => one.update()))
    await then(erin.page.getByTestId('banner-update'))
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

test('a new version waits for the message that is being written', { skip: missing }, async () => {
  await erin.composer.fill('I am still writing')
  await publishNext('next', (worker) => worker, async (banner) => {
    await banner.getByText('A new version is ready').waitFor()
    await erin.page.evaluate(() => { window.same = true })
    await banner.getByRole('button', { name: 'Reload' }).click()
    await banner.getByText('starts once your message is sent').waitFor()
    assert.equal(await erin.page.evaluate(() => window.same), true, 'the page was not reloaded')
    assert.equal(await erin.composer.inputValue(), 'I am still writing')
    await erin.say('I am still writing, and now I am done')
    await erin.page.waitForFunction(() => !window.same)
    await erin.composer.waitFor()
    await frank.sees('and now I am done')
  })
})

test('a new version that does not take over is offered again, and nobody waits for it', { skip: missing }, async () => {
  const never = (worker) => {
    const changed = worker.replace('skipWaiting', 'toString')
    assert.notEqual(changed, worker)
    return changed
  }
  await publishNext('stuck', never, async (banner) => {
    await banner.getByText('A new version is ready').waitFor()
    await erin.page.evaluate(() => { window.same = true })
    await banner.getByRole('button', { name: 'Reload' }).click()
    await erin.page.waitForFunction(() => !window.same)
    await banner.getByText('A new version is ready').waitFor()
    await erin.composer.waitFor()
  })
})

test('nothing went wrong in either browser', { skip: missing }, async () => {
  await erin.close()
  await frank.close()
})
