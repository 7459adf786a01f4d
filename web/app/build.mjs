// Builds the web client into dist/: the same input gives the same bytes.
// build.txt lists every file with its SHA-256 (sha256sum -c reads it); its own
// SHA-256 is the hash of the build, which settings and GET /v1/server show.
//
//   build.mjs [--out DIR] [--client FILE]   FILE stands in for the library (tests' screens only)
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { patchTsMls } from '../lib/patch/ts-mls.mjs'

const here = import.meta.dirname
const web = dirname(here)
const { values: options } = parseArgs({ options: { out: { type: 'string' }, client: { type: 'string' } } })
const target = options.out ?? join(here, 'dist')
const out = `${target}.new`

// as in conf/web-headers.conf, but for what only a header can say: a configuration
// that serves the files without it is not left without a policy
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types chat"

const hash = (bytes, how = 'sha256', form = 'hex') => createHash(how).update(bytes).digest(form)
const integrity = (bytes) => `sha256-${hash(bytes, 'sha256', 'base64')}`
const put = (name, bytes) => { mkdirSync(dirname(join(out, name)), { recursive: true }); writeFileSync(join(out, name), bytes) }

function files(dir = out) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(dir, entry.name)) : relative(out, join(dir, entry.name))).sort()
}

const shared = {
  absWorkingDir: here, bundle: true, minify: true, target: ['es2022', 'chrome137', 'firefox130', 'safari17'], // the first with Ed25519 and X25519
 
  legalComments: 'none', logLevel: 'warning', charset: 'utf8', metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
}

rmSync(out, { recursive: true, force: true })

const app = await build({
  ...shared,
  entryPoints: { app: 'src/main.tsx', theme: 'src/theme-boot.ts', style: 'src/styles/index.css' },
  outdir: join(out, 'assets'), format: 'esm', splitting: true, platform: 'browser',
  jsx: 'automatic', jsxImportSource: 'preact',
  entryNames: '[name]-[hash]', chunkNames: 'part-[hash]', assetNames: '[name]-[hash]',
  loader: { '.woff2': 'file' },
  alias: { '@ngx-chat/lib': options.client ?? join(web, 'lib/src/index.ts') },
  plugins: options.client ? [] : [patchTsMls()],
})

// the names that the build gave its entries, and what the first needs at once
const made = Object.entries(app.metafile.outputs)
const named = (entry) => {
  const found = made.find(([, output]) => output.entryPoint === entry)
  return `assets/${basename(found[0])}`
}
const main = named('src/main.tsx')
const theme = named('src/theme-boot.ts')
const style = named('src/styles/index.css')
const needed = app.metafile.outputs[made.find(([, output]) => output.entryPoint === 'src/main.tsx')[0]].imports
  .filter((one) => one.kind === 'import-statement').map((one) => `assets/${basename(one.path)}`)
const font = made.map(([name]) => `assets/${basename(name)}`).find((name) => /inter-latin-wght/.test(name))

const read = (name) => readFileSync(join(out, name))
const head = [
  `<script src="${theme}" integrity="${integrity(read(theme))}"></script>`,
  `<link rel="stylesheet" href="${style}" integrity="${integrity(read(style))}">`,
  `<link rel="preload" href="${font}" as="font" type="font/woff2" crossorigin>`,
  ...needed.map((name) => `<link rel="modulepreload" href="${name}" integrity="${integrity(read(name))}">`),
  `<script type="module" src="${main}" integrity="${integrity(read(main))}"></script>`,
].join('\n')

put('index.html', readFileSync(join(here, 'index.html'), 'utf8').replace('@csp@', policy).replace('@head@', head))
for (const name of readdirSync(join(here, 'public'))) put(name, readFileSync(join(here, 'public', name)))
for (const name of ['verify.html', 'verify.js', 'verify.css']) put(name, readFileSync(join(web, name)))
put('licenses.txt', licenses(app.metafile))

// the worker knows every file but itself; what it caches is what was built
const shell = Object.fromEntries(files().filter((name) => name !== 'licenses.txt').map((name) => [name, integrity(read(name))]))
await build({
  ...shared, metafile: false, entryPoints: ['src/sw/sw.ts'], outfile: join(out, 'sw.js'), format: 'iife',
  define: { ...shared.define, FILES: JSON.stringify(shell), BUILD: JSON.stringify(hash(JSON.stringify(shell)).slice(0, 16)) },
})

put('build.txt', files().map((name) => `${hash(read(name))}  ${name}\n`).join(''))
for (const name of files().filter((name) => /\.(js|css|html|json|svg|txt)$/.test(name))) {
  put(`${name}.gz`, gzipSync(read(name), { level: 9 })) // no time, no name inside: the same bytes each time
}

rmSync(target, { recursive: true, force: true })
renameSync(out, target)

const first = ['index.html', theme, style, main, ...needed].reduce((sum, name) => sum + statSync(join(target, `${name}.gz`)).size, 0)
const fonts = statSync(join(target, font)).size
console.log(`web client: ${hash(readFileSync(join(target, 'build.txt')))}`)
console.log(`first load: ${((first + fonts) / 1000).toFixed(1)} kB (${(first / 1000).toFixed(1)} gzipped, ${(fonts / 1000).toFixed(1)} the font)`)

/** The licence of each package that is inside. */
function licenses(metafile) {
  const packages = new Map()
  for (const input of Object.keys(metafile.inputs)) {
    const found = /(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input)
    if (found) packages.set(found[2], join(here, found[1]))
  }
  return [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, dir]) => {
    const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE'].map((one) => join(dir, one)).find(existsSync)
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`
  }).join(`\n${'-'.repeat(72)}\n\n`)
}
