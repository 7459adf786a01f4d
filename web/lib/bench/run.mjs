// node bench/run.mjs [runs]: times of MLS and identity in Node and in Chromium,
// as the table of docs/e2ee.md. Of several runs the best median counts: on a
// machine that others use too it is the nearest to what the work costs.
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

/** The smaller of each number; sizes in bytes are equal anyway. */
function best(one, other) {
  if (typeof one === 'number') {
    return Math.min(one, other)
  }
  return Object.fromEntries(Object.entries(one).map(([name, value]) => [name, best(value, other[name])]))
}

async function bestOf(runs, measure) {
  let result = await measure()
  for (let i = 1; i < runs; i++) {
    result = best(result, await measure())
  }
  return result
}

const runs = Number(process.argv[2] ?? 1)
let version = ''
const node = await bestOf(runs, () => run())
const chromium = await bestOf(runs, async () => {
  const measured = await inChromium('bench/mls.ts')
  version = measured.version
  return measured.result
})
const sizes = Object.keys(node).filter((size) => size !== 'any')
const show = (value) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

const { length: cores, 0: { model } } = cpus()
console.log(`Node ${process.versions.node}, Chromium ${version}, ${cores} × ${model}; ms, best median of ${runs} runs\n`)
row(['', ...['Node', 'Chromium'].flatMap((where) => sizes.map((size) => `${where} ${size}`))])
row(['---', ...sizes.flatMap(() => ['---:', '---:'])])
for (const name of Object.keys(node[sizes[0]])) {
  row([name, ...[node, chromium].flatMap((times) => sizes.map((size) => show(times[size][name])))])
}
console.log('')
row(['', 'Node', 'Chromium'])
row(['---', '---:', '---:'])
for (const name of Object.keys(node.any)) {
  row([name, show(node.any[name]), show(chromium.any[name])])
}
