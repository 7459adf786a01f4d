// Bundles the tests as the library is bundled (with our changes to ts-mls)
// and runs them: node test/run.mjs [--long] [name…]
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { patchTsMls } from '../patch/ts-mls.mjs'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist/test')
const args = process.argv.slice(2)
const suffix = args.includes('--long') ? '.long.ts' : '.test.ts'
const names = args.filter((arg) => !arg.startsWith('--'))

const files = readdirSync(join(root, 'test'), { recursive: true })
  .filter((file) => file.endsWith(suffix) && (names.length === 0 || names.some((name) => file.includes(name))))
  .sort()
if (files.length === 0) {
  throw new Error(`no test matches ${names.join(', ')}`)
}

rmSync(out, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: files.map((file) => join('test', file)),
  outdir: out,
  outbase: 'test',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['ws', 'fake-indexeddb'],
  sourcemap: 'inline',
  logLevel: 'warning',
  define: { TEST_ROOT: JSON.stringify(join(root, 'test')) },
  plugins: [patchTsMls()],
})

const built = files.map((file) => join(out, file.replace(/\.ts$/, '.mjs')))
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...built], { stdio: 'inherit' })
process.exit(status ?? 1)
