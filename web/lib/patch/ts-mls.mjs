// Our changes to ts-mls 1.6.4, made to its source text while it is bundled:
// node_modules stays as published. A text that is not the expected one stops
// the build, so that another version can't slip in unpatched.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const version = '1.6.4'

const changes = [
  {
    // RFC 9420 12.4.3.2: ExternalPub is a struct of one opaque<V>, so the
    // extension's data has a length inside; without it nobody else can join.
    file: 'createCommit.js',
    edits: [
      {
        from: 'import { encode } from "./codec/tlsEncoder.js";',
        to: 'import { encode } from "./codec/tlsEncoder.js";\n' +
            'import { decodeVarLenData, varLenDataEncoder } from "./codec/variableLength.js";',
        times: 1,
      },
      {
        from: '{ extensionType: "external_pub", extensionData: externalPub }',
        to: '{ extensionType: "external_pub", extensionData: encode(varLenDataEncoder)(externalPub) }',
        times: 2,
      },
      {
        from: 'const { enc, secret: initSecret } = await exportSecret(externalPub.extensionData, cs);',
        to: 'const externalKey = decodeVarLenData(externalPub.extensionData, 0);\n' +
            '    if (externalKey === undefined || externalKey[1] !== externalPub.extensionData.length)\n' +
            '        throw new ValidationError("Could not decode external_pub");\n' +
            '    const { enc, secret: initSecret } = await exportSecret(externalKey[0], cs);',
        times: 1,
      },
    ],
  },
  {
    // RFC 9420 12.4.3.1: an unmerged leaf must be listed by the nodes BETWEEN
    // it and the parent, each of which may list others too. The library wants
    // the same list all the way to the root and keeps newcomers out of trees
    // that are right.
    file: 'clientState.js',
    edits: [
      {
        from: 'if (tree[nodeIndex]?.nodeType !== "leaf" && !dp.includes(toNodeIndex(i)))',
        to: 'if (tree[nodeIndex]?.nodeType !== "leaf" || !dp.includes(toNodeIndex(i)))',
        times: 1,
      },
      {
        from: 'for (const parentIdx of dp) {',
        to: 'for (const parentIdx of dp.slice(0, dp.indexOf(toNodeIndex(i)))) {',
        times: 1,
      },
      {
        from: 'if (!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves))',
        to: 'if (!dpNode.parent.unmergedLeaves.includes(unmergedLeaf))',
        times: 1,
      },
    ],
  },
]

function apply(change, text) {
  for (const { from, to, times } of change.edits) {
    const found = text.split(from).length - 1
    if (found !== times) {
      throw new Error(`ts-mls ${change.file}: expected ${times} times, found ${found}: ${from}`)
    }
    text = text.split(from).join(to)
  }
  return text
}

/** The esbuild plugin that makes the changes and leaves out suites we don't offer. */
export function patchTsMls() {
  return {
    name: 'ts-mls',
    setup(build) {
      const done = new Set()
      let used = false

      build.onStart(() => { done.clear(); used = false })

      build.onLoad({ filter: /[\\/]ts-mls[\\/]dist[\\/]src[\\/]index\.js$/ }, async ({ path }) => {
        const manifest = JSON.parse(await readFile(join(dirname(path), '../../package.json'), 'utf8'))
        if (manifest.version !== version) {
          throw new Error(`ts-mls ${manifest.version} is installed, our changes are for ${version}`)
        }
        used = true
        return null
      })

      for (const change of changes) {
        const filter = new RegExp(`[\\\\/]ts-mls[\\\\/]dist[\\\\/]src[\\\\/]${change.file.replace('.', '\\.')}$`)
        build.onLoad({ filter }, async ({ path }) => {
          const contents = apply(change, await readFile(path, 'utf8'))
          done.add(change.file)
          return { contents, loader: 'js' }
        })
      }

      // Suites that we don't offer ask for packages that aren't installed.
      build.onResolve({ filter: /^@hpke\/(dhkem-x448|ml-kem|hybridkem-x-wing)$|^@noble\/post-quantum\// }, ({ path }) =>
        ({ path, namespace: 'left-out' }))
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) =>
        ({ contents: `throw new Error(${JSON.stringify(`${path} is left out`)})`, loader: 'js' }))

      build.onEnd((result) => {
        if (!used || result.errors.length > 0) {
          return
        }
        const missing = changes.filter((change) => !done.has(change.file))
        if (missing.length > 0) {
          return { errors: [{ text: `ts-mls: not changed: ${missing.map((c) => c.file).join(', ')}` }] }
        }
      })
    },
  }
}
