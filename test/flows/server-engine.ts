import { randomBytes } from 'node:crypto'
import mariadb from 'mariadb'
import pg from 'pg'

/** A database server that the tests may use. */
export type ServerEngine = 'postgresql' | 'mysql'
export type FlowEngine = 'memory' | 'sqlite' | ServerEngine

export interface TemporaryServerDatabase {
  readonly url: string
  drop(): Promise<void>
}

const SERVERS: Readonly<Record<ServerEngine, { readonly url: string; readonly required: string }>> = {
  postgresql: { url: process.env.JETON_TEST_POSTGRES_URL ?? 'postgresql://root@127.0.0.1:5432/postgres', required: 'postgres' },
  mysql: { url: process.env.JETON_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/mysql', required: 'mysql' },
}
const REQUIRED: readonly string[] = (process.env.JETON_REQUIRE ?? '').split(/[\s,]+/)
const PATIENCE_MS = 2000

/** @throws Error when it does not answer. */
async function runOn(engine: ServerEngine, sql: string): Promise<void> {
  const { url } = SERVERS[engine]
  if (engine === 'postgresql') {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS })
    await client.connect()
    await client.query(sql).finally(() => client.end())
    return
  }
  const { hostname, port, username, password } = new URL(url)
  const connection = await mariadb.createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: PATIENCE_MS,
  })
  await connection.query(sql).finally(() => connection.end())
}

export async function createServerDatabase(engine: ServerEngine): Promise<TemporaryServerDatabase> {
  const name = `jeton_flow_${randomBytes(6).toString('hex')}`
  await runOn(engine, `CREATE DATABASE ${name}`)
  const url = new URL(SERVERS[engine].url)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOn(engine, `DROP DATABASE ${name}${engine === 'postgresql' ? ' WITH (FORCE)' : ''}`) }
}

async function isThere(engine: FlowEngine): Promise<boolean> {
  if (engine === 'memory' || engine === 'sqlite') return true
  return runOn(engine, 'SELECT 1').then(
    () => true,
    () => false,
  )
}

/** The same tests on several engines: one that is not there is skipped by its name, or fails where JETON_REQUIRE names it. */
export async function describeOnEngines(name: string, engines: readonly FlowEngine[], tests: (engine: FlowEngine) => void): Promise<void> {
  for (const engine of engines) {
    const isRequired = engine !== 'memory' && engine !== 'sqlite' && REQUIRED.includes(SERVERS[engine].required)
    const run = (await isThere(engine)) || isRequired ? describe : describe.skip
    run(`${name} (${engine})`, () => tests(engine))
  }
}
