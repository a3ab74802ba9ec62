import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const JETON = fileURLToPath(new URL('../../dist/main/jeton.js', import.meta.url))
const READY_WITHIN_MS = 30_000

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function createApplication(node, folder, config) {
  const args = ['apps', 'create', '--name', 'bench', '--grant-types', 'client_credentials,refresh_token', '--scopes', 'read']
  const { status, stdout, stderr } = spawnSync(node, [JETON, ...args, '--json', '--config', config], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`jeton apps create ended with ${status}: ${stdout}${stderr}`)
  const { client_id: id, client_secret: secret } = JSON.parse(stdout)
  return { id, secret }
}

async function waitUntilReady(url, child) {
  const deadline = performance.now() + READY_WITHIN_MS
  while (child.exitCode === null && performance.now() < deadline) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await sleep(50)
  }
  throw new Error('jeton serve did not become ready')
}

/** Starts the built Jeton under `node`, as it is delivered, in a folder of its own; it issues pairs. */
export async function startJeton(node) {
  if (!existsSync(JETON)) throw new Error(`${JETON} is missing: run "npm ci" or "npm run build" first`)
  const folder = mkdtempSync(join(tmpdir(), 'jeton-bench-'))
  const config = join(folder, 'deployment.toml')
  const port = await findFreePort()
  writeFileSync(
    config,
    `[server]
port = ${port}
[database.identity_db]
type = "sqlite"
name = "jeton.db"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
`,
  )
  // Its log goes nowhere, as the peers' do.
  const child = spawn(node, [JETON, 'serve', '--config', config], { cwd: folder, stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } })
  const stop = async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(`http://127.0.0.1:${port}`, child)
    const credentials = createApplication(node, folder, config)
    const body = 'grant_type=client_credentials&scope=read'
    return {
      name: 'jeton',
      pid: child.pid,
      port,
      tokenPath: '/oauth2/token',
      jwksUrl: `http://127.0.0.1:${port}/oauth2/jwks`,
      body,
      credentials,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
