// Runs a page's script in headless Chromium, served from loopback:
// inChromium(entry, files, call) gives what the page's `run()` returns.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { patchTsMls } from '../../patch/ts-mls.mjs'

const root = join(import.meta.dirname, '../..')
const types = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' }

async function bundle(entry) {
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: [entry], bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022',
    external: ['/corecrypto.js'], logLevel: 'warning', plugins: [patchTsMls()],
  })
  return outputFiles[0].contents
}

/** files: address → path of what else the page may load. */
export async function inChromium(entry, files = {}, argument = undefined) {
  const script = await bundle(entry)
  const page = `<!doctype html><meta charset=utf-8><script type=module>import { run } from '/page.js'; globalThis.run = run</script>`
  const server = createServer(async ({ url }, response) => {
    const body = url === '/' ? page : url === '/page.js' ? script : files[url] && await readFile(files[url]).catch(() => undefined)
    response.writeHead(body ? 200 : 404, { 'content-type': types[url.split('.').pop()] ?? types.html })
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    const tab = await browser.newPage()
    tab.on('pageerror', (error) => console.error(`# page: ${error.message}`))
    await tab.goto(`http://127.0.0.1:${server.address().port}/`)
    await tab.waitForFunction(() => globalThis.run !== undefined, undefined, { timeout: 30_000 })
    return { version: browser.version(), result: await tab.evaluate((value) => globalThis.run(value), argument) }
  } finally {
    await browser.close()
    server.close()
  }
}
