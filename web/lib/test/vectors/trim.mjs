// Makes the files of this folder: node trim.mjs <mls-implementations>/test-vectors
// Keeps the suites that we offer (1 and 3), the smaller cases, the first epochs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const from = process.argv[2]
const suites = [undefined, 1, 3]
const bounds = {
  'messages.json': { cases: 2 },
  'passive-client-handling-commit.json': { cases: 26, size: 8500 },
  'passive-client-random.json': { cases: 1, epochs: 12 },
  'passive-client-welcome.json': { cases: 6 },
  'psk_secret.json': { size: 1000 },
  'secret-tree.json': { size: 5000 },
  'tree-math.json': { size: 2000 },
  'tree-validation.json': { size: 6000 },
  'treekem.json': { size: 10000 },
}

for (const name of readdirSync(from).filter((file) => file.endsWith('.json'))) {
  const { cases = Infinity, size = Infinity, epochs = Infinity } = bounds[name] ?? {}
  const kept = JSON.parse(readFileSync(join(from, name), 'utf8'))
    .filter((item) => suites.includes(item.cipher_suite))
    .map((item) => (item.epochs && name.startsWith('passive') ? { ...item, epochs: item.epochs.slice(0, epochs) } : item))
    .filter((item) => JSON.stringify(item).length <= size)
    .slice(0, cases)
  writeFileSync(join(import.meta.dirname, name), `[\n${kept.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`)
  console.log(name, kept.length)
}
