import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, type OAuthClient } from '../../src/main/demo/oauth-client.js'
import { JETON, runJeton, startServerProcess } from './server-process.js'

let server: JetonServer
let client: OAuthClient
const folder = mkdtempSync(join(tmpdir(), 'jeton-sidecar-'))
const config = join(folder, 'gateway.toml')
let secret: string
let sidecar: { readonly process: ChildProcess; readonly url: string }

async function register(options: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
  const { json } = await runJeton(['apps', 'create', '--name', 'one', '--grant-types', 'client_credentials', ...options, '--json'], {
    config: server.config,
  })
  return { id: String(json?.client_id), secret: String(json?.client_secret) }
}

async function read(url: string): Promise<Readonly<Record<string, unknown>>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>
}

async function startSidecar(): Promise<typeof sidecar> {
  const started = spawn(process.execPath, [JETON, 'gateway', 'serve', '--config', config], {
    env: { ...process.env, NODE_OPTIONS: undefined, GATEWAY_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(started.stdout, 'data')
  return { process: started, url: /http:\/\/\S+\d/.exec(String(line))?.[0] ?? '' }
}

async function stopSidecar(): Promise<number | null> {
  const ended = once(sidecar.process, 'exit')
  sidecar.process.kill('SIGTERM')
  return (await ended)[0]
}

beforeAll(async () => {
  server = await startServerProcess({ toml: '[log]\nlevel = "error"\n' })
  const gateway = await register(['--scopes', 'revocation_feed introspect_any'])
  secret = gateway.secret
  client = createOAuthClient(server.url, await register(['--scopes', 'orders']))
  const { issuer } = await read(`${server.url}/.well-known/oauth-authorization-server`)
  writeFileSync(
    config,
    `[gateway]\nport = 0\nissuer = "${issuer}"\naudience = ["${issuer}"]
[gateway.policies.orders]\nscope = "orders"\n[gateway.policies.admin]\nscope = "admin"
[gateway.feed]\nurl = "${server.url}"\nclient_id = "${gateway.id}"\nclient_secret = "$env{GATEWAY_SECRET}"\nsnapshot_file = "kept"\nbeyond = "closed"\n`,
  )
  sidecar = await startSidecar()
}, 60_000)

afterAll(async () => {
  sidecar.process.kill()
  await server.stop().catch(() => undefined)
  rmSync(folder, { recursive: true })
})

const ask = async (path: string, token: string): Promise<number> =>
  (await fetch(`${sidecar.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status

async function issue(): Promise<string> {
  return String((await client.token({ grant_type: 'client_credentials' })).body.access_token)
}

it('lets a good token pass, by the policy of the route, until it is revoked at the server', async () => {
  const token = await issue()
  expect([await ask('/verify', token), await ask('/policies/orders', token), await ask('/policies/admin', token)]).toEqual([200, 200, 403])
  expect((await client.revoke(token)).status).toBe(200)
  const end = performance.now() + 5000
  while ((await ask('/verify', token)) === 200 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10))
  expect([await ask('/verify', token), await ask('/verify', await issue())]).toEqual([401, 200])
})

it('believes a server only what it has signed, and ends when it is told', async () => {
  const ready = await read(`${sidecar.url}/readyz`)
  expect(ready).toMatchObject({ status: 'ok', feed: 'fresh' })
  const metrics = await fetch(`${sidecar.url}/metrics`).then((response) => response.text())
  expect(metrics).not.toMatch(/events_total\{type="(untrusted|resync|digest_differs|file_problem)"\}/)
  expect(await stopSidecar()).toBe(0)
  expect(existsSync(join(folder, 'kept'))).toBe(true)
})

it('begins with what it kept while the server is away, and lets nothing pass by it that the policy forbids', async () => {
  const token = await issue()
  await server.stop(1000).catch(() => undefined)
  sidecar = await startSidecar()
  const { status, feed } = await read(`${sidecar.url}/readyz`)
  expect([status, feed, await ask('/verify', token), await ask('/verify?beyond=open', token)]).toEqual(['degraded', 'hard', 503, 200])
}, 30_000)

it('says everything that is wrong with its file, and ends with 1', async () => {
  writeFileSync(config, '[gateway]\nissuer = "x"\nprot = 1\n')
  const { code, stderr } = await runJeton(['gateway', 'serve'], { config })
  expect([code, stderr]).toEqual([1, expect.stringContaining('gateway.toml:3: gateway.prot: unknown key (did you mean "gateway.port"?)')])
})
