import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { findPorts, type Haproxy, haproxyVersion, startHaproxy } from './haproxy.js'
import { createServerDatabase, describeOnEngines, type TemporaryServerDatabase } from './server-engine.js'
import { runJeton, startServerProcess } from './server-process.js'

const CLIENTS = 4
const BETWEEN_MS = 500
const TYPES = { postgresql: 'postgre', mysql: 'mysql', memory: '', sqlite: '' }

interface Load {
  readonly answers: number
  /** Whatever was not a 200 with what was asked for. */
  readonly failures: readonly string[]
}

/** Clients that ask all the time, each with a chain of refreshes of its own, until they are stopped. */
function startLoad(url: string, authorization: string): () => Promise<Load> {
  let stopped = false
  const load = { answers: 0, failures: [] as string[] }
  const post = async (path: string, form: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
    const text = await answer.text()
    load.answers++
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }
  const round = async (): Promise<void> => {
    const first = await post('/oauth2/token', { grant_type: 'client_credentials' })
    const second = await post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: String(first.refresh_token) })
    const token = String(second.access_token)
    if ((await post('/oauth2/introspect', { token })).active !== true) throw new Error('a good token was refused')
    await post('/oauth2/revoke', { token: String(second.refresh_token) })
  }
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!stopped) await round().catch((error: unknown) => load.failures.push(String(error)))
  })
  return async () => {
    stopped = true
    await Promise.all(clients)
    return load
  }
}

const name = `two nodes behind ${haproxyVersion ?? 'HAProxy (not found)'}`
const engines = haproxyVersion === undefined ? [] : (['postgresql', 'mysql'] as const)
if (haproxyVersion === undefined) describe.skip(name, () => it('are restarted one after the other', () => undefined))

await describeOnEngines(name, engines, (engine) => {
  const folders = [mkdtempSync(join(tmpdir(), 'jeton-rolling-')), mkdtempSync(join(tmpdir(), 'jeton-rolling-'))] as const
  let database: TemporaryServerDatabase
  let toml: string
  let ports: Awaited<ReturnType<typeof findPorts>>
  let haproxy: Haproxy | undefined
  const nodes: JetonServer[] = []
  const start = (index: 0 | 1) => startServerProcess({ toml, folder: folders[index], port: ports.nodes[index] })

  beforeAll(async () => {
    database = await createServerDatabase(engine === 'mysql' ? 'mysql' : 'postgresql')
    ports = await findPorts()
    toml = `behind_tls_proxy = true
[oauth]
issuer = "http://127.0.0.1:${ports.front}"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[database.identity_db]
type = "${TYPES[engine]}"
url = "${database.url}"
[keystore]
encryption_key = "${'ab'.repeat(32)}"
`
    const config = join(folders[0], 'deployment.toml')
    writeFileSync(config, `[server]\n${toml}`)
    expect((await runJeton(['migrate'], { config })).code).toBe(0)
    nodes.push(await start(0), await start(1))
    haproxy = await startHaproxy(ports.front, ports.nodes)
  }, 60_000)
  afterAll(async () => {
    await haproxy?.stop()
    await Promise.all(nodes.map((node) => node.stop()))
    await database?.drop()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  it('are restarted one after the other without an error to any client', async () => {
    const created = await runJeton(['apps', 'create', '--name', 'x', '--json'], { config: nodes[0]?.config ?? '' })
    const credentials = `${created.json?.client_id}:${created.json?.client_secret}`
    const stopLoad = startLoad(`http://127.0.0.1:${ports.front}`, `Basic ${Buffer.from(credentials).toString('base64')}`)
    await sleep(BETWEEN_MS)
    for (const index of [0, 1] as const) {
      expect(await nodes[index]?.stop()).toBe(0)
      nodes[index] = await start(index)
      // Until the HAProxy has seen it too.
      await sleep(2 * BETWEEN_MS)
    }
    await sleep(BETWEEN_MS)
    const { answers, failures } = await stopLoad()
    expect(failures).toEqual([])
    expect(answers).toBeGreaterThan(100)
  }, 90_000)
})
