import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeOnEngines, type ServerEngine } from './server-engine.js'
import { JETON, runJeton, startServerProcess } from './server-process.js'
import { createWso2Database, WSO2_APPS, type Wso2Database, wso2Access } from './wso2-database.js'

const TYPES: Readonly<Record<ServerEngine, string>> = { postgresql: 'postgre', mysql: 'mysql' }
const KILLS = 4
const CERTIFICATE = resolve('test/fixtures/wso2/signing.crt')

/** What an operator types, in this order. */
await describeOnEngines('jeton migrate --adopt', ['postgresql', 'mysql'], (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-adopt-'))
  const config = join(folder, 'deployment.toml')
  let wso2: Wso2Database
  let toml: string
  let checksum: string
  beforeAll(async () => {
    wso2 = await createWso2Database(engine as ServerEngine)
    checksum = await wso2.checksum()
    toml = `[database.identity_db]
type = "${TYPES[engine as ServerEngine]}"
url = "${wso2.url}"
[keystore]
encryption_key = "${'ab'.repeat(32)}"
`
    writeFileSync(config, toml)
  }, 120_000)
  afterAll(async () => {
    await wso2.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is named by the plain migration, which refuses', async () => {
    const refused = await runJeton(['migrate', '--json'], { config })
    expect([refused.code, refused.json]).toEqual([1, { error: { code: 'not_adopted', message: expect.stringContaining('jeton migrate --adopt') } }])
  }, 120_000)

  it('may be killed at any time, and begun again', async () => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const child = spawn(process.execPath, [JETON, 'migrate', '--adopt', '--config', config], {
        stdio: 'ignore',
        env: { ...process.env, NODE_OPTIONS: '' },
      })
      const ended = new Promise((settle) => child.once('exit', settle))
      await sleep(250 * kill)
      child.kill('SIGKILL')
      await ended
      expect(await wso2.checksum()).toBe(checksum)
    }
    const done = await runJeton(['migrate', '--adopt', '--json'], { config })
    expect([done.code, done.stderr]).toEqual([0, ''])
    expect(done.json).toMatchObject({ pending: [] })
    const entries = await wso2.sql('SELECT COUNT(*) AS n, COUNT(DISTINCT ID) AS ids FROM JETON_REVOCATION')
    expect(entries.map(({ n, ids }) => [Number(n), Number(ids)])).toEqual([[8, 8]])
    expect(await wso2.checksum()).toBe(checksum)
  }, 180_000)

  it('does nothing where everything is done', async () => {
    const again = await runJeton(['migrate', '--adopt', '--json'], { config })
    const nothing = { revoked_tokens: 0, revoked_subjects: 0, revoked_clients: 0, token_types: 0 }
    expect([again.code, again.json]).toEqual([0, { applied: [], pending: [], adopted: nothing }])
    expect((await runJeton(['migrate', '--json'], { config })).json).toEqual({ applied: [], pending: [] })
    expect(await wso2.checksum()).toBe(checksum)
  }, 120_000)

  it('is followed by the import of the certificate, from wherever the command is given', async () => {
    const imported = await runJeton(['keys', 'import', '--verify-only', 'signing.crt', '--until', '2099-12-31', '--json'], {
      config,
      cwd: resolve('test/fixtures/wso2'),
    })
    expect(imported.code).toBe(0)
    expect(imported.json).toMatchObject({ items: [{ alg: 'RS256', use: 'access', state: 'retiring', retires_at: 4_102_444_799 }] })
    for (const [args, code] of [
      [['keys', 'import', CERTIFICATE], 2],
      [['keys', 'import', '--verify-only', CERTIFICATE.replace('.crt', '.key')], 1],
    ] as const) {
      expect((await runJeton(args, { config })).code).toBe(code)
    }
  }, 120_000)

  it('leaves a server that knows from its first request on what is good and what is not', async () => {
    const server = await startServerProcess({ toml, folder })
    try {
      const ask = async (token: string, { id, secret }: { readonly id: string; readonly secret: string }): Promise<unknown> => {
        const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
        const answer = await fetch(`${server.url}/oauth2/introspect`, { method: 'POST', headers, body: new URLSearchParams({ token }) })
        return ((await answer.json()) as { readonly active: boolean }).active
      }
      expect(await ask(wso2Access(14), WSO2_APPS.event)).toBe(false)
      expect(await ask(wso2Access(1), WSO2_APPS.plain)).toBe(true)
      expect(await ask(wso2Access(2), WSO2_APPS.hashed)).toBe(true)
      const status = await runJeton(['status', '--json'], { config })
      expect(status.json).toMatchObject({ schema: { pending: [] } })
      const { json } = await runJeton(['doctor', '--json'], { config })
      const checks = json?.checks as readonly { readonly name: string; readonly ok: boolean }[]
      expect(checks.filter(({ name }) => ['database', 'schema', 'writing', 'clock', 'keys'].includes(name)).map(({ ok }) => ok)).toEqual(
        Array(5).fill(true),
      )
    } finally {
      await server.stop()
    }
    expect(await wso2.checksum()).toBe(checksum)
  }, 120_000)
})
