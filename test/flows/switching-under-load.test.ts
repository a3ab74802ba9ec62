import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../src/main/demo/free-port.js'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { runJetonHere } from './command-here.js'
import { ReadyNodes } from './ready-nodes.js'
import { createServerDatabase, describeOnEngines, type TemporaryServerDatabase } from './server-engine.js'
import { startServerProcess } from './server-process.js'
import { startSwitchingLoad } from './switching-load.js'
import type { Credentials, Mode } from './switching-stage.js'

const PER_SECOND = 200
const OF_EACH_TYPE = 5
const BETWEEN_MS = 1000
const TYPES = { postgresql: 'postgre', mysql: 'mysql' } as const

interface Node {
  readonly folder: string
  readonly port: number
  server: JetonServer | undefined
}

await describeOnEngines(
  `nodes that are restarted on the other file under ${PER_SECOND} requests a second`,
  ['sqlite', 'postgresql', 'mysql'],
  (engine) => {
    const isServer = engine === 'postgresql' || engine === 'mysql'
    const nodes: Node[] = []
    let database: TemporaryServerDatabase | undefined
    let front: number
    const tomlFor = (mode: Mode): string => `behind_tls_proxy = true
[oauth]
issuer = "http://localhost:${front}"
[oauth.token_persistence]
enable = ${mode === 'on'}
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[log]
level = "error"
${databaseToml()}`
    const databaseToml = (): string =>
      isServer
        ? `[keystore]\nencryption_key = "${'ab'.repeat(32)}"\n[database.identity_db]\ntype = "${TYPES[engine]}"\nurl = "${database?.url}"\n`
        : '[database.identity_db]\ntype = "sqlite"\nname = "jeton.db"\n'

    async function restart(node: Node, mode: Mode): Promise<void> {
      await node.server?.stop()
      node.server = await startServerProcess({ toml: tomlFor(mode), folder: node.folder, port: node.port })
    }

    async function register(tokenType: string): Promise<Credentials> {
      const { json } = await runJetonHere(['apps', 'create', '--name', 'x', '--token-type', tokenType, '--json'], {
        config: nodes[0]?.server?.config ?? '',
      })
      return { id: String(json?.client_id), secret: String(json?.client_secret) }
    }

    beforeAll(async () => {
      front = await findFreePort()
      if (isServer) database = await createServerDatabase(engine)
      for (let count = 0; count < (isServer ? 2 : 1); count++) {
        nodes.push({ folder: mkdtempSync(join(tmpdir(), 'jeton-switch-')), port: await findFreePort(), server: undefined })
      }
      const config = join(nodes[0]?.folder ?? '', 'deployment.toml')
      if (isServer) {
        writeFileSync(config, `[server]\n${tomlFor('off')}`)
        expect((await runJetonHere(['migrate'], { config })).code).toBe(0)
      }
      for (const node of nodes) await restart(node, 'off')
    }, 60_000)
    afterAll(async () => {
      await Promise.all(nodes.map(({ server }) => server?.stop()))
      await database?.drop()
      for (const { folder } of nodes) rmSync(folder, { recursive: true, force: true })
    }, 30_000)

    it('answer every request as they have to, there and back', async () => {
      const applications: Credentials[] = []
      for (const tokenType of ['JWT', 'OAUTH']) {
        for (let count = 0; count < OF_EACH_TYPE; count++) applications.push(await register(tokenType))
      }
      const ready = new ReadyNodes(nodes.map(({ port }) => `http://127.0.0.1:${port}`))
      const stopLoad = startSwitchingLoad(ready, applications, PER_SECOND)
      await sleep(BETWEEN_MS)
      for (const mode of ['on', 'off'] as const) {
        // One after the other: for a while the two of them disagree.
        for (const node of nodes) {
          await restart(node, mode)
          await sleep(BETWEEN_MS)
        }
      }
      const { answers, failures } = await stopLoad()
      await ready.stop()
      expect(failures).toEqual([])
      expect(answers).toBeGreaterThan(PER_SECOND)
    }, 120_000)
  },
)
