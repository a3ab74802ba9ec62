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

const REDIS = /node_modules\/ioredis\//
const DATABASE = /\/adapters\/prisma\//

/** The scripts that a command has run, as the engine's own coverage has them. */
async function scriptsOf(folder: string, command: readonly string[], expected: number): Promise<readonly string[]> {
  const coverage = mkdtempSync(join(folder, 'coverage-'))
  const { code, stderr } = await runJeton(command, { config: join(folder, 'deployment.toml'), env: { NODE_V8_COVERAGE: coverage } })
  expect([code, stderr]).toEqual([expected, expected === 0 ? '' : expect.stringContaining('deployment.toml')])
  return readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { readonly result: readonly { readonly url: string }[] }
    return result.map(({ url }) => url)
  })
}

describe('what is loaded', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-loads-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('with all of a server, is no Redis where none is configured', async () => {
    writeFileSync(join(folder, 'deployment.toml'), '[database.identity_db]\ntype = "sqlite"\nname = "jeton.db"\n')
    const scripts = await scriptsOf(folder, ['status', '--json'], 0)
    // Else the other tests would see nothing whatever is loaded.
    expect([OF_SERVERS, OF_MODELS, DATABASE].map((kind) => scripts.some((url) => kind.test(url)))).toEqual([true, true, true])
    expect(scripts.filter((url) => REDIS.test(url))).toEqual([])
  }, 60_000)

  it('by the sidecar of a gateway, is no database', async () => {
    const scripts = await scriptsOf(folder, ['gateway', 'serve'], 1)
    expect(scripts.some((url) => url.endsWith('/start-sidecar.js'))).toBe(true)
    expect(scripts.filter((url) => DATABASE.test(url))).toEqual([])
  }, 60_000)
})

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

  it('is the database, and nothing of a server', async () => {
    await runJetonHere(['migrate'], { config: join(folder, 'deployment.toml') })
    const scripts = await scriptsOf(folder, ['purge', 'tokens', '--json', '--backup', join(folder, 'backup.ndjson.gz')], 0)
    expect(scripts.filter((url) => OF_SERVERS.test(url))).toEqual([])
    expect(scripts.some((url) => OF_MODELS.test(url))).toBe(engine === 'sqlite')
  }, 60_000)
})
