// What people do in the app, by what they see and not by how it is built.
import assert from 'node:assert/strict'
import { sizes, watched } from './browser.mjs'

export const PASSWORD = 'four unusual words here'

/** A browser profile with one page, as somebody's device. */
export class Device {
  static async open(browser, server, { size = 'desktop', ...options } = {}) {
    const context = await browser.newContext({ ...sizes[size], locale: 'en-GB', timezoneId: 'UTC', ...options })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const { page, complaints } = await watched(context)
    page.setDefaultTimeout(20_000)
    await page.goto(server.url)
    return Object.assign(new Device(), { server, size, context, page, complaints })
  }

  async register(username, { name } = {}) {
    const { page, server } = this
    this.username = username
    this.email = `${username}@example.org`
    await page.getByRole('link', { name: 'Create account' }).click()
    await page.getByLabel('Username').fill(username)
    if (name) await page.getByLabel('Your name').fill(name)
    await page.getByLabel('E-mail address').fill(this.email)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
    const { code } = await server.mail(this.email)
    await page.getByLabel('Code').fill(code)
    await this.inside()
    return this
  }

  /** Signs in on a fresh device; where that leads is the account's business. */
  async signIn(username) {
    const { page } = this
    this.username = username
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Username or e-mail address').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    return this
  }

  inside() {
    return this.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor()
  }

  /** Adds a person and opens the conversation with them. */
  async add(username, { privately = false } = {}) {
    const { page } = this
    await page.getByRole('link', { name: 'New chat' }).first().click()
    await page.getByLabel('Username').fill(username)
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('button', { name: privately ? 'Start private chat' : 'Start chat' }).click()
    if (!privately) await this.composer.waitFor()
  }

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message' })
  }

  async say(text) {
    await this.composer.fill(text)
    // on a phone Enter begins a line
    if (this.size === 'phone') await this.page.getByRole('button', { name: 'Send' }).click()
    else await this.composer.press('Enter')
  }

  /** By what is said in it: the time that follows is text, too ("number 1" at 20:03 has "number 12" in it). */
  message(text) {
    return this.page.locator('article.message', { has: this.page.locator('.text, .line', { hasText: text }) })
  }

  /** The name that a screen reader says of a message. */
  name(text) {
    return this.message(text).getAttribute('aria-label')
  }

  /** Waits until a message is shown, and in the state that is named last in its name. */
  async sees(text, state) {
    const message = this.message(text)
    await message.first().waitFor()
    if (state) await this.page.waitForFunction(([said, wanted]) => [...document.querySelectorAll('article.message')]
      .some((one) => one.querySelector('.text, .line')?.textContent.includes(said) && wanted.split('|').some((word) => one.ariaLabel.endsWith(`${word}.`))), [text, state])
    assert.equal(await message.count(), 1, `"${text}" is shown once`)
  }

  /** The messages that are shown, in order. */
  texts() {
    return this.page.locator('article.message .text').allTextContents()
  }

  async openChat(name) {
    await this.page.getByTestId('conversation').filter({ hasText: name }).first().click()
    await this.page.getByRole('region', { name: new RegExp(`Conversation with ${name}`) }).waitFor()
  }

  async menu(entry) {
    await this.page.getByRole('button', { name: 'More', exact: true }).click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  go(hash) {
    return this.page.evaluate((to) => { location.hash = to }, hash)
  }

  async close() {
    assert.deepEqual(this.complaints, [], 'no script failed and the policy was kept')
    await this.context.close()
  }
}
