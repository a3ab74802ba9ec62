import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The Node that runs the servers: `wanted` is a major version or the path of a binary; absent: the one that runs this. */
export function findNode(wanted) {
  if (wanted === undefined || wanted === process.versions.node.split('.')[0]) return describe(process.execPath)
  if (/^\d+$/.test(wanted)) return packagedNode(wanted)
  return describe(wanted)
}

function packagedNode(major) {
  const name = `node-${process.platform}-${process.arch}`
  try {
    const node = describe(join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node'))
    if (node.version.startsWith(`v${major}.`)) return node
    throw new Error(`it is ${node.version}`)
  } catch (cause) {
    throw new Error(`no Node ${major} in the npm package ${name}: give --node the path of one`, { cause })
  }
}

function describe(path) {
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }
}
