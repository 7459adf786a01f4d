// Builds the library: dist/index.js with everything it needs inside.
import { build } from 'esbuild'
import { patchTsMls } from './patch/ts-mls.mjs'

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/index.ts'],
  outfile: 'dist/index.js',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['import'],
  target: 'es2022',
  sourcemap: true,
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [patchTsMls()],
})
