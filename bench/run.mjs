import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const BENCHES = readdirSync(join(HERE, 'benches')).map((file) => file.replace(/\.mjs$/, ''))

/** Peers are not among the product's dependencies, so they are fetched when they are first needed. */
function installPeers() {
  if (existsSync(join(HERE, 'node_modules'))) return
  const { status } = spawnSync('npm', ['ci', '--prefix', HERE, '--no-audit', '--no-fund'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('npm ci in bench/ failed')
}

const [name, ...args] = process.argv.slice(2)
if (!BENCHES.includes(name)) {
  process.stderr.write(`usage: npm run bench -- ${BENCHES.join('|')} [options]\n`)
  process.exitCode = 2
} else {
  try {
    installPeers()
    const { run } = await import(`./benches/${name}.mjs`)
    process.exitCode = await run(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
