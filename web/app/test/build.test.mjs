// What is handed out: the same bytes from the same sources, small, whole, nothing from elsewhere.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'

const FIRST_LOAD = 250_000 // bytes, gzipped, the font included

const web = join(import.meta.dirname, '../..')
let dir, dist

const read = (name, from = dist) => readFileSync(join(from, name))
const sha = (bytes, form = 'hex') => createHash('sha256').update(bytes).digest(form)

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'ngx-chat-build-'))
  dist = join(dir, 'one')
  execFileSync(process.execPath, [join(web, 'app/build.mjs'), '--out', dist])
})

after(() => rmSync(dir, { recursive: true, force: true }))

/** A checkout elsewhere: real files, for a bundler follows links. */
function checkout(name) {
  const other = join(dir, name, 'web')
  for (const part of ['app', 'lib']) {
    cpSync(join(web, part), join(other, part), { recursive: true, filter: (path) => !/\/(dist|node_modules|test)(\/|$)/.test(path.slice(web.length)) })
  }
  for (const file of ['verify.html', 'verify.js', 'verify.css', 'package.json']) cpSync(join(web, file), join(other, file))
  execFileSync('cp', ['-R', join(web, 'node_modules'), join(other, 'node_modules')])
  return other
}

function built(checkedOut, env = {}) {
  const out = join(checkedOut, '../out')
  execFileSync(process.execPath, [join(checkedOut, 'app/build.mjs'), '--out', out], { env: { ...process.env, ...env } })
  return out
}

test('another checkout, elsewhere, gives the same bytes; a change of one word does not', () => {
  const other = checkout('a/much/deeper/place')
  assert.equal(read('build.txt', built(other, { TZ: 'Asia/Tokyo', LANG: 'de_DE' })).toString(), read('build.txt').toString())

  const text = join(other, 'app/src/text/en.ts')
  writeFileSync(text, readFileSync(text, 'utf8').replace('"Not sent"', '"Unsent"'))
  assert.notEqual(sha(read('build.txt', built(other))), sha(read('build.txt')))
})

test('build.txt names every file with its hash, and the compressed ones hold the same', () => {
  const listed = read('build.txt').toString().trimEnd().split('\n').map((line) => line.split('  '))
  for (const [hash, name] of listed) assert.equal(sha(read(name)), hash, name)
  const all = readdirSync(dist, { recursive: true }).filter((name) => statSync(join(dist, name)).isFile() && !name.startsWith('.'))
  for (const name of all.filter((one) => one.endsWith('.gz'))) assert.deepEqual(gunzipSync(read(name)), read(name.slice(0, -3)), name)
  const unlisted = all.filter((name) => !name.endsWith('.gz') && name !== 'build.txt' && !listed.some(([, one]) => one === name))
  assert.deepEqual(unlisted, [])
})

test('the first load is within its bound', () => {
  const names = [...read('index.html').toString().matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, name]) => name)
  assert.ok(names.length >= 4, names.join(' '))
  const bytes = ['index.html', ...names].reduce((sum, name) => sum + statSync(join(dist, name.endsWith('.woff2') ? name : `${name}.gz`)).size, 0)
  assert.ok(bytes <= FIRST_LOAD, `${bytes} bytes`)
})

test('the page has no code inside, pins what it loads, and loads nothing from elsewhere', () => {
  const html = read('index.html').toString()
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\bstyle=/i)
  for (const [tag] of html.matchAll(/<(?:script|link rel="(?:stylesheet|modulepreload)")[^>]*>/g)) {
    const name = /(?:src|href)="([^"]+)"/.exec(tag)[1]
    assert.equal(/integrity="sha256-([^"]+)"/.exec(tag)?.[1], sha(read(name), 'base64'), tag)
  }
  assert.doesNotMatch(html, /unsafe-inline|https?:/)
  for (const name of readdirSync(join(dist, 'assets')).filter((one) => one.endsWith('.css'))) {
    assert.doesNotMatch(read(`assets/${name}`).toString(), /url\(\s*["']?(?:https?:)?\/\//, name)
  }
})

test('the service worker carries the hash of each file of the shell', () => {
  const worker = read('sw.js').toString()
  for (const line of read('build.txt').toString().trimEnd().split('\n')) {
    const [, name] = line.split('  ')
    if (name === 'sw.js' || name === 'licenses.txt') continue
    assert.ok(worker.includes(`sha256-${sha(read(name), 'base64')}`), name)
  }
})

test('who made what is inside is said', () => {
  const text = read('licenses.txt').toString()
  for (const name of ['preact', '@preact/signals', 'ts-mls', '@fontsource-variable/inter', 'jsqr', 'uqr']) assert.match(text, new RegExp(`^${name.replace('/', '\\/')} `, 'm'))
})
