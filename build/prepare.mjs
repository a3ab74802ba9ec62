import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function isInstalled(name) {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`) !== ''
  } catch {
    return false
  }
}

/** Types too: where the development dependencies are left out npm keeps the first two, as optional peers of Prisma's client. */
const BUILD_NEEDS = ['typescript', 'prisma', '@types/node', '@types/express']

// npm runs this also where the development dependencies are left out (`npm ci --omit=dev`).
if (BUILD_NEEDS.every(isInstalled)) {
  process.exitCode = spawnSync(process.execPath, [join(root, 'build/build.mjs')], { stdio: 'inherit' }).status ?? 1
} else if (!existsSync(join(root, 'dist'))) {
  console.error('jeton is not built, and cannot be without its development dependencies: run `npm ci && npm prune --omit=dev`')
  process.exitCode = 1
}
