import { randomBytes } from 'node:crypto'
import mariadb from 'mariadb'
import pg from 'pg'
import { type FoundEngine, findEngine, isRequired, mysqlAddress } from '../adapters/prisma/engines.js'

/** A database server that the tests may use. */
export type ServerEngine = FoundEngine['engine']
export type FlowEngine = 'memory' | 'sqlite' | ServerEngine

export interface TemporaryServerDatabase {
  readonly url: string
  drop(): Promise<void>
}

const NAMES: Readonly<Record<ServerEngine, FoundEngine['name']>> = { postgresql: 'postgres', mysql: 'mysql' }

/** A database with a name of its own, empty. */
export async function createServerDatabase(engine: ServerEngine): Promise<TemporaryServerDatabase> {
  const server = await findEngine(NAMES[engine])
  const name = `jeton_flow_${randomBytes(6).toString('hex')}`
  await runOn(server, `CREATE DATABASE ${name}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOn(server, `DROP DATABASE ${name}${engine === 'postgresql' ? ' WITH (FORCE)' : ''}`) }
}

async function runOn({ engine, url }: FoundEngine, sql: string): Promise<void> {
  if (engine === 'postgresql') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(sql).finally(() => client.end())
    return
  }
  const connection = await mariadb.createConnection(mysqlAddress(url))
  await connection.query(sql).finally(() => connection.end())
}

async function isRun(engine: FlowEngine): Promise<boolean> {
  if (engine === 'memory' || engine === 'sqlite') return true
  return isRequired(NAMES[engine]) || (await findEngine(NAMES[engine])).version !== undefined
}

/** The same tests on several engines: one that is not there is skipped by its name, or fails where JETON_REQUIRE names it. */
export async function describeOnEngines(name: string, engines: readonly FlowEngine[], tests: (engine: FlowEngine) => void): Promise<void> {
  for (const engine of engines) {
    const run = (await isRun(engine)) ? describe : describe.skip
    run(`${name} (${engine})`, () => tests(engine))
  }
}
