// Bundles groups.mjs with the client's changes to ts-mls, in memory, and runs it.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const here = dirname(fileURLToPath(import.meta.url))
const web = join(here, '../../../web')
const { build } = createRequire(join(web, 'package.json'))('esbuild')
const { patchTsMls } = await import(pathToFileURL(join(web, 'lib/patch/ts-mls.mjs')))

const { outputFiles } = await build({
  entryPoints: [join(here, 'groups.mjs')], bundle: true, format: 'esm', platform: 'node', write: false,
  target: 'node18', nodePaths: [join(web, 'node_modules')], plugins: [patchTsMls()], logLevel: 'error',
})

const dir = await mkdtemp(join(tmpdir(), 'chat-mls-'))
const file = join(dir, 'groups.mjs')
await writeFile(file, outputFiles[0].text)
try {
  await import(pathToFileURL(file))
} finally {
  await rm(dir, { recursive: true })
}
