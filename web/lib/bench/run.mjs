// node bench/run.mjs: times of MLS and identity in Node and in Chromium, as
// the table of docs/e2ee.md.
import { cpus } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { patchTsMls } from '../patch/ts-mls.mjs'
import { inChromium } from '../test/browser/serve.mjs'

const root = join(import.meta.dirname, '..')
const outfile = join(root, 'dist/bench/mls.mjs')
await build({
  absWorkingDir: root, entryPoints: ['bench/mls.ts'], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20',
  logLevel: 'warning', plugins: [patchTsMls()],
})
const { run } = await import(pathToFileURL(outfile).href)

const node = await run()
const chromium = await inChromium('bench/mls.ts')
const sizes = Object.keys(node).filter((size) => size !== 'any')
const show = (value) => value === undefined ? '' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

console.log(`Node ${process.versions.node}, Chromium ${chromium.version}, ${cpus().length} × ${cpus()[0].model}; ms, medians\n`)
console.log(`| | ${['Node', 'Chromium'].flatMap((where) => sizes.map((size) => `${where} ${size}`)).join(' | ')} |`)
console.log(`|---|${sizes.map(() => '---|---|').join('')}`)
for (const name of Object.keys(node[sizes[0]])) {
  console.log(`| ${name} | ${[node, chromium.result].flatMap((times) => sizes.map((size) => show(times[size][name]))).join(' | ')} |`)
}
console.log('\n| | Node | Chromium |\n|---|---|---|')
for (const name of Object.keys(node.any)) {
  console.log(`| ${name} | ${show(node.any[name])} | ${show(chromium.result.any[name])} |`)
}
