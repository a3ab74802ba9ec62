import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runJetonHere } from './command-here.js'
import { createServerDatabase, describeOnEngines, type ServerEngine, type TemporaryServerDatabase } from './server-engine.js'
import { runJeton } from './server-process.js'

const TYPES: Readonly<Record<ServerEngine, string>> = { postgresql: 'postgre', mysql: 'mysql' }
/** What only a server has need of. */
const OF_SERVERS = /node_modules\/(express|jose|ioredis|pino|prom-client|rate-limiter-flexible)\//
/** Prisma's query compiler, which takes as long to compile as everything else to load. */
const OF_MODELS = /query_compiler/

/** Whoever is issued tokens beside a purge pays for each module that its process loads. */
await describeOnEngines('what a purge loads', ['sqlite', 'postgresql', 'mysql'], (engine) => {
  let folder: string
  let database: TemporaryServerDatabase | undefined
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-purge-loads-'))
    database = engine === 'postgresql' || engine === 'mysql' ? await createServerDatabase(engine) : undefined
    const where = database === undefined ? 'type = "sqlite"\nname = "jeton.db"' : `type = "${TYPES[engine as ServerEngine]}"\nurl = "${database.url}"`
    writeFileSync(join(folder, 'deployment.toml'), `[database.identity_db]\n${where}\n[keystore]\nencryption_key = "${'ab'.repeat(32)}"\n`)
  })
  afterEach(async () => {
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The scripts that a command has run, as the engine's own coverage has them. */
  async function scriptsOf(...command: readonly string[]): Promise<readonly string[]> {
    const coverage = mkdtempSync(join(folder, 'coverage-'))
    const { code, stderr } = await runJeton(command, { config: join(folder, 'deployment.toml'), env: { NODE_V8_COVERAGE: coverage } })
    expect([code, stderr]).toEqual([0, ''])
    return readdirSync(coverage).flatMap((file) => {
      const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { readonly result: readonly { readonly url: string }[] }
      return result.map(({ url }) => url)
    })
  }

  // Else the other test would see nothing whatever is loaded.
  if (engine === 'sqlite')
    it('is less than what another command does', async () => {
      const scripts = await scriptsOf('status', '--json')
      expect([OF_SERVERS, OF_MODELS].map((kind) => scripts.some((url) => kind.test(url)))).toEqual([true, true])
    }, 60_000)

  it('is the database, and nothing of a server', async () => {
    await runJetonHere(['migrate'], { config: join(folder, 'deployment.toml') })
    const scripts = await scriptsOf('purge', 'tokens', '--json', '--backup', join(folder, 'backup.ndjson.gz'))
    expect(scripts.filter((url) => OF_SERVERS.test(url))).toEqual([])
    expect(scripts.some((url) => OF_MODELS.test(url))).toBe(engine === 'sqlite')
  }, 60_000)
})
