// Codes read by the camera: Chromium is shown a film of what is on the other screen.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, missing } from './lib/browser.mjs'
import { Device } from './lib/people.mjs'
import { Server } from './lib/server.mjs'

const [WIDTH, HEIGHT] = [640, 480]
let browser, server, dir, film, ada, ben

before(async () => {
  if (missing) return
  dir = mkdtempSync(join(tmpdir(), 'ngx-chat-camera-'))
  film = join(dir, 'film.y4m')
  server = await Server.start()
  browser = await launch({ args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`] })
  ada = await (await Device.open(browser, server)).register('ada')
  ben = await (await Device.open(browser, server, { size: 'phone' })).register('ben')
  for (const device of [ada, ben]) await device.context.grantPermissions(['camera'])
  await ada.add('ben')
  await ada.say('hello')
  await ben.openChat('ada')
  await ben.sees('hello')
})

after(async () => {
  await browser?.close()
  await server?.stop()
  if (dir) rmSync(dir, { recursive: true, force: true })
})

/** The code that a screen shows, as a film of one picture. */
async function filmed(device, name) {
  const figure = device.page.getByRole('img', { name })
  await figure.waitFor()
  const { size, dark } = await figure.evaluate((box) => ({
    size: Number(box.querySelector('svg').getAttribute('viewBox').split(' ')[2]),
    dark: [...box.querySelector('path').getAttribute('d').matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => [Number(x), Number(y)]),
  }))
  assert.ok(size > 20 && dark.length > 100, 'there is a code')
  const scale = Math.floor((HEIGHT - 40) / size)
  const [left, top] = [(WIDTH - size * scale) >> 1, (HEIGHT - size * scale) >> 1]
  const y = Buffer.alloc(WIDTH * HEIGHT, 235)
  for (const [column, line] of dark) {
    for (let i = 0; i < scale; i++) y.fill(16, (top + line * scale + i) * WIDTH + left + column * scale, (top + line * scale + i) * WIDTH + left + (column + 1) * scale)
  }
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128)
  writeFileSync(film, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`), ...[1, 2].flatMap(() => [Buffer.from('FRAME\n'), y, grey])]))
}

test('another code than the other side’s is told to be another', { skip: missing }, async () => {
  const eve = await (await Device.open(browser, server)).register('eve')
  await eve.add('ada')
  await eve.say('hi')
  await eve.menu('Safety number')
  await filmed(eve, 'QR code of this safety number')
  await ada.menu('Safety number')
  await ada.page.getByRole('button', { name: 'Scan their code' }).click()
  await ada.page.getByText('doesn’t belong to your conversation').waitFor()
  assert.equal(await ada.page.getByText('You verified ben').count(), 0)
  await eve.context.close()
})

test('the safety number is compared by scanning the other screen', { skip: missing }, async () => {
  await ben.menu('Safety number')
  await filmed(ben, 'QR code of this safety number')
  await ada.page.getByRole('button', { name: 'Scan their code' }).click()
  await ada.page.getByTestId('safety-digits').waitFor()
  await ada.page.getByText('The codes belong together').waitFor()
  await ada.go('#/')
  await ada.page.getByTestId('conversation').filter({ hasText: 'Verified' }).waitFor()
})

test('a new device is let in by scanning its code, without digits', { skip: missing }, async () => {
  const tablet = await (await Device.open(browser, server)).signIn('ben')
  await filmed(tablet, 'QR code for linking this device')
  await ben.go('#/devices')
  await ben.page.getByRole('button', { name: 'Scan its code' }).click()
  await ben.page.getByText('The device is approved.').waitFor()
  await tablet.inside()
  await tablet.openChat('ada')
  await ada.openChat('ben')
  await ada.say('to both')
  await tablet.sees('to both')
  await tablet.close()
  await ada.close()
  await ben.close()
})
