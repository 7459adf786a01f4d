// The library as we bundle it agrees with the MLS working group's vectors.
// All of them, not only the ones kept here: MLS_VECTORS=<their folder> npm test -w lib
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds } from './vectors.ts'

declare const TEST_ROOT: string
const folder = process.env.MLS_VECTORS ?? join(TEST_ROOT, 'vectors')
const offered = [undefined, 1, 3]

for (const [kind, check] of Object.entries(kinds)) {
  test(`official vectors: ${kind}`, async (t) => {
    const file = join(folder, `${kind}.json`)
    assert.ok(existsSync(file))
    const items = JSON.parse(readFileSync(file, 'utf8')) as { cipher_suite?: number }[]
    const ours = items.filter((item) => offered.includes(item.cipher_suite))
    assert.ok(ours.length > 0)
    for (const [i, item] of ours.entries()) {
      await check(item).catch((error: Error) => assert.fail(`${kind} ${i}: ${error.stack}`))
    }
    t.diagnostic(`${ours.length} cases`)
  })
}
