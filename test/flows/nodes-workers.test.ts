import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createServerDatabase, describeOnEngines, type TemporaryServerDatabase } from './server-engine.js'
import { runJeton, startServerProcess } from './server-process.js'

const WORKERS = 2
const ROUNDS = 20
const ASKED = 6
const TYPES = { postgresql: 'postgre', mysql: 'mysql', memory: '', sqlite: '' }

await describeOnEngines('several processes that share a port', ['postgresql', 'mysql'], (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-workers-'))
  let database: TemporaryServerDatabase
  let server: JetonServer
  let authorization: string
  beforeAll(async () => {
    database = await createServerDatabase(engine === 'mysql' ? 'mysql' : 'postgresql')
    const toml = `workers = ${WORKERS}
[database.identity_db]
type = "${TYPES[engine]}"
url = "${database.url}"
[keystore]
encryption_key = "${'ab'.repeat(32)}"
`
    await expect(startServerProcess({ toml })).rejects.toThrow('run "jeton migrate"')
    server = await migrated(toml)
    const created = await runJeton(['apps', 'create', '--name', 'x', '--json'], { config: server.config })
    authorization = `Basic ${Buffer.from(`${created.json?.client_id}:${created.json?.client_secret}`).toString('base64')}`
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A server that starts on a schema that has been brought up to date before. */
  async function migrated(toml: string): Promise<JetonServer> {
    const config = join(folder, 'deployment.toml')
    writeFileSync(config, `[server]\n${toml}`)
    expect((await runJeton(['migrate'], { config })).code).toBe(0)
    return startServerProcess({ toml, folder })
  }

  /** Over a connection of its own, so that any process may get it. */
  async function post(path: string, form: Record<string, string>): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { Authorization: authorization, Connection: 'close' }
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    return { status: response.status, text: await response.text() }
  }

  async function revokedAreRefused(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const issued = await post('/oauth2/token', { grant_type: 'client_credentials' })
      const token: string = JSON.parse(issued.text).access_token
      expect((await post('/oauth2/revoke', { token })).status).toBe(200)
      const answers = await Promise.all(Array.from({ length: ASKED }, () => post('/oauth2/introspect', { token })))
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"active":false}']))
    }
  }

  const nodes = async (): Promise<readonly { readonly id: string }[]> =>
    ((await runJeton(['status', '--json'], { config: server.config })).json?.nodes ?? []) as readonly { readonly id: string }[]

  it('all refuse a token when its revocation has been answered', async () => {
    await revokedAreRefused()
    expect(await nodes()).toHaveLength(WORKERS)
  }, 30_000)

  it('one that is killed is started again, and nothing that was revoked comes back', async () => {
    const before = await nodes()
    process.kill(Number(before[0]?.id.split(':')[1]), 'SIGKILL')
    const deadline = performance.now() + 15_000
    const isReplaced = async () => (await nodes()).filter(({ id }) => !before.some((one) => one.id === id)).length === 1
    while (!(await isReplaced())) if (performance.now() > deadline) throw new Error('nobody took its place')
    await revokedAreRefused()
  }, 45_000)

  it('all stop together, with exit code 0', async () => {
    await server.stop()
    expect(await server.exited).toBe(0)
  }, 30_000)
})
