// Builds the headless client: dist/main.js, with the library inside.
import { build } from 'esbuild'
import { patchTsMls } from '../lib/patch/ts-mls.mjs'

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['ws'],
  sourcemap: 'inline',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
  plugins: [patchTsMls()],
})
