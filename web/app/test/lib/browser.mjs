// Chromium for the tests: Debian's, headless, closed with what started it.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const program = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const missing = existsSync(program) ? false : `${program} is missing: apt-get install chromium`

export function launch(options = {}) {
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none', ...(options.args ?? [])],
  })
}

/** Sizes that people have: a phone and a desktop. */
export const sizes = {
  phone: { viewport: { width: 360, height: 800 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
}

/** A page that notes what it complains of: errors of scripts and of the policy. */
export async function watched(context) {
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints }
}
