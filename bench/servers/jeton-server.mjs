import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const JETON = fileURLToPath(new URL('../../dist/main/jeton.js', import.meta.url))
const READY_WITHIN_MS = 120_000
const POLL_MS = 20

export async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Runs one command of the built Jeton; @returns what it prints with `--json`. */
export function runJeton({ node, config }, ...args) {
  const { status, stdout, stderr } = spawnSync(node, [JETON, ...args, '--json', '--config', config], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`jeton ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}

/** Writes the configuration of a server that is to listen on a free port, in a folder of its own. */
export async function configureJeton({ node, folder, toml }) {
  if (!existsSync(JETON)) throw new Error(`${JETON} is missing: run "npm ci" or "npm run build" first`)
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'deployment.toml')
  const port = await findFreePort()
  writeFileSync(config, `[server]\nport = ${port}\n${toml}`)
  return { node, folder, config, port, url: `http://127.0.0.1:${port}` }
}

/** Starts the built Jeton as it is delivered, and waits until it is ready; `readyMs` is how long that took. */
export async function startConfigured({ node, folder, config, port, url }, { imports = [], env = {} } = {}) {
  const log = join(folder, 'jeton.log')
  const stderr = openSync(log, 'w')
  const args = [...imports.map((file) => `--import=${file}`), JETON, 'serve', '--config', config]
  const startedAt = performance.now()
  const child = spawn(node, args, { cwd: folder, stdio: ['ignore', 'ignore', stderr], env: { ...process.env, NODE_ENV: 'production', ...env } })
  closeSync(stderr)
  const server = { pid: child.pid, port, url, config, node, stop: () => stop(child) }
  try {
    await waitUntilReady(url, child)
    return { ...server, readyMs: performance.now() - startedAt }
  } catch (error) {
    await server.stop()
    throw new Error(`${error.message}: ${readFileSync(log, 'utf8').slice(-2000)}`)
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}

async function waitUntilReady(url, child) {
  const deadline = performance.now() + READY_WITHIN_MS
  while (child.exitCode === null && performance.now() < deadline) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await sleep(POLL_MS)
  }
  throw new Error('jeton serve did not become ready')
}
