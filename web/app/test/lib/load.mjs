// A module of the app's sources, for units in Node.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

export async function load(path) {
  const dir = mkdtempSync(join(tmpdir(), 'ngx-chat-unit-'))
  const outfile = join(dir, 'module.mjs')
  try {
    await build({
      absWorkingDir: join(import.meta.dirname, '../..'), entryPoints: [path], outfile, bundle: true, format: 'esm', platform: 'node',
      jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'error',
    })
    return await import(outfile)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
