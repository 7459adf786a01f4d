// What a person waits for, measured in Chromium against a real server on this machine:
// the size of the first load, the first paint, from pressing Enter to seeing the
// message on the other side's screen, and scrolling through 10,000 messages.
//
//   bench.mjs [N]   N messages (100)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, sizes } from '../test/lib/browser.mjs'
import { Device } from '../test/lib/people.mjs'
import { Server } from '../test/lib/server.mjs'
import { serve } from '../test/lib/static.mjs'

const app = join(import.meta.dirname, '..')
const dist = join(app, 'dist')
const many = Number(process.argv[2] ?? 100)

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
const spread = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return `p50 ${at(sorted, 0.5).toFixed(1)} ms, p95 ${at(sorted, 0.95).toFixed(1)} ms, worst ${sorted.at(-1).toFixed(1)} ms (n=${values.length})`
}

function firstLoad() {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const names = ['index.html', ...[...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, name]) => name)]
  const bytes = names.reduce((sum, name) => sum + statSync(join(dist, name.endsWith('.woff2') ? name : `${name}.gz`)).size, 0)
  console.log(`first load: ${(bytes / 1000).toFixed(1)} kB gzipped, font included (bound: 250)`)
}

async function firstPaint(browser, server) {
  const values = []
  for (let i = 0; i < 10; i++) {
    const context = await browser.newContext(sizes.desktop)
    const page = await context.newPage()
    await page.goto(server.url)
    await page.getByRole('link', { name: 'Create account' }).waitFor()
    values.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime))
    await context.close()
  }
  console.log(`first contentful paint, empty cache: ${spread(values)} (bound: 1000)`)
}

/** Both pages have the same clock: from Enter to the frame after the text is in the other's page. */
async function sendToShown(browser, server) {
  const ada = await (await Device.open(browser, server)).register('ada')
  const ben = await (await Device.open(browser, server)).register('ben')
  await ada.add('ben')
  await ada.say('warm')
  await ben.openChat('ada')
  await ben.sees('warm')
  await ben.say('warm, too')
  await ada.sees('warm, too')

  await ben.page.evaluate(() => {
    window.shown = new Map()
    new MutationObserver(() => {
      for (const one of document.querySelectorAll('article.message .text')) {
        const text = one.textContent
        if (text.startsWith('bench ') && !window.shown.has(text)) {
          window.shown.set(text, 0)
          requestAnimationFrame(() => window.shown.set(text, performance.timeOrigin + performance.now()))
        }
      }
    }).observe(document.querySelector('.timeline'), { childList: true, subtree: true, characterData: true })
  })
  const values = []
  for (let i = 0; i < many; i++) {
    const text = `bench ${i}`
    await ada.composer.fill(text)
    const sent = await ada.page.evaluate(() => {
      const area = document.querySelector('.composer textarea')
      const now = performance.timeOrigin + performance.now()
      area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      return now
    })
    const shown = await ben.page.waitForFunction((said) => window.shown.get(said), text).then((handle) => handle.jsonValue())
    values.push(shown - sent)
  }
  console.log(`send to shown, other browser: ${spread(values)} (bound: p50 50)`)
  await ada.context.close()
  await ben.context.close()
}

/** 10,000 messages in one chat, from a fixture, gone through from end to beginning. */
async function scroll(browser) {
  const dir = mkdtempSync(join(tmpdir(), 'ngx-chat-bench-'))
  execFileSync(process.execPath, [join(app, 'build.mjs'), '--out', join(dir, 'dist'), '--client', join(app, 'test/fixture/client.ts')])
  const server = await serve(join(dir, 'dist'))
  const context = await browser.newContext({ ...sizes.desktop, serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.goto(`${server.url}#/chat/00000000-0000-7000-8000-000000000105`)
  await page.locator('article.message').first().waitFor()
  const { frames, nodes, rows } = await page.evaluate(async () => {
    const [rows] = window.fixture.opened.values()
    while (rows.hasBefore()) await rows.loadBefore(500)
    const box = document.querySelector('.timeline')
    await new Promise((done) => setTimeout(done, 300))
    const frames = []
    let nodes = 0
    let last = performance.now()
    for (let i = 0; i < 600; i++) {
      box.scrollTop -= 500
      await new Promise(requestAnimationFrame)
      const now = performance.now()
      frames.push(now - last)
      last = now
      nodes = Math.max(nodes, document.querySelectorAll('article.message').length)
    }
    return { frames, nodes, rows: rows.rows().length }
  })
  console.log(`scrolling ${rows} messages, 500 pixels a frame: frames ${spread(frames)}; at most ${nodes} rows drawn`)
  await context.close()
  await server.close()
  rmSync(dir, { recursive: true, force: true })
}

const server = await Server.start()
const browser = await launch()
try {
  firstLoad()
  await firstPaint(browser, server)
  await scroll(browser)
  await sendToShown(browser, server)
} finally {
  await browser.close()
  await server.stop()
}
