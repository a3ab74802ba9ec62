import { randomBytes } from 'node:crypto'
import mariadb from 'mariadb'
import pg from 'pg'
import type { Engine } from '../../../src/adapters/prisma/engines/engine.js'
import { openMysql } from '../../../src/adapters/prisma/engines/mysql-engine.js'
import { openPostgresql } from '../../../src/adapters/prisma/engines/postgresql-engine.js'
import { type Database, type DatabaseOptions, openDatabase } from '../../../src/adapters/prisma/open-database.js'
import { KEEP_AFTER_EXPIRY, MAX_CLOCK_SKEW, type OpenStores } from '../../stores/opened-stores.js'
import { type FoundEngine, mysqlAddress } from './engines.js'
import { INSTANTS } from './temporary-database.js'

type ServerOptions = Extract<DatabaseOptions, { engine: 'postgresql' | 'mysql' }>
/** What a test may say of how its database is opened. */
export type OpenChanges = Partial<Pick<ServerOptions, 'poolSize' | 'connectTimeoutMs' | 'statementTimeoutMs' | 'onStatement' | 'cleanup'>> & {
  readonly url?: string
}

/** One database of its own on a server, and what is open in it. */
export interface ServerDatabase {
  readonly url: string
  sql(statement: string): Promise<readonly Record<string, unknown>[]>
  open(changes?: OpenChanges): Promise<Database>
  /** What the stores are made on. */
  openEngine(changes?: OpenChanges): Promise<Engine>
  /** Empty, with the schema up to date. */
  openStores: OpenStores
  closeAll(): Promise<void>
  drop(): Promise<void>
}

/** Of one connection. */
type Sql = ServerDatabase['sql'] & { close(): Promise<void> }

export async function createServerDatabase({ engine, url: adminUrl }: FoundEngine): Promise<ServerDatabase> {
  const name = `jeton_test_${randomBytes(6).toString('hex')}`
  await once(engine, adminUrl, `CREATE DATABASE ${name}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const databases: Database[] = []
  const sql = await connect(engine, url.href)
  const open = async (changes: OpenChanges = {}): Promise<Database> => {
    const database = await openDatabase({ engine, url: url.href, keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW, ...changes })
    databases.push(database)
    return database
  }
  const closeAll = async (): Promise<void> => {
    for (const database of databases.splice(0)) await database.close()
  }
  return {
    url: url.href,
    sql,
    open,
    openEngine: (changes = {}) => (engine === 'mysql' ? openMysql : openPostgresql)({ engine, url: url.href, ...changes }),
    openStores: async (options = {}) => {
      const database = await open(options)
      await database.migrate()
      await empty(sql)
      return { ...database, age: (length) => makeOlder(sql, length) }
    },
    closeAll,
    drop: async () => {
      await closeAll()
      await sql.close()
      await once(engine, adminUrl, `DROP DATABASE ${name}`)
    },
  }
}

async function connect(engine: FoundEngine['engine'], url: string): Promise<Sql> {
  if (engine === 'mysql') {
    const connection = await mariadb.createConnection(mysqlAddress(url))
    return Object.assign((statement: string) => connection.query(statement), { close: () => connection.end() })
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return Object.assign(async (statement: string) => (await client.query(statement)).rows, { close: () => client.end() })
}

async function once(engine: FoundEngine['engine'], url: string, statement: string): Promise<void> {
  const sql = await connect(engine, url)
  await sql(statement).finally(() => sql.close())
}

const TABLES = [
  'IDN_OAUTH2_ACCESS_TOKEN_SCOPE',
  'IDN_OAUTH2_ACCESS_TOKEN',
  'IDN_OAUTH2_ACCESS_TOKEN_AUDIT',
  'IDN_OAUTH_CONSUMER_APPS',
  'IDN_AUTH_SESSION_STORE',
  'IDN_AUTH_TEMP_SESSION_STORE',
  'IDN_AUTH_USER_SESSION_MAPPING',
  'IDN_AUTH_SESSION_APP_INFO',
  'IDN_AUTH_SESSION_META_DATA',
  'IDN_FED_AUTH_SESSION_MAPPING',
  'JETON_ORPHANED_SESSION',
  'AM_APPLICATION_KEY_MAPPING',
  'AM_APPLICATION',
  'JETON_USER',
  'JETON_KEY',
  'JETON_GRANT',
  'JETON_REVOCATION',
  'JETON_LEASE',
  'JETON_NODE',
  'JETON_PURGE_RUN',
  'JETON_PURGE_PLACE',
  'JETON_PURGE_BACKUP',
  'JETON_OUTBOX',
]

/** As it is right after the migrations: quicker than another database for each test. */
async function empty(sql: Sql): Promise<void> {
  await sql('BEGIN')
  for (const table of TABLES) await sql(`DELETE FROM ${table}`)
  const counters = ['SEQ', 'TRIMMED_TO', 'CLIENTS', 'USERS', 'KEY_CHANGES', 'LONGEST_ACCESS', 'LONGEST_REFRESH', 'OUTAGE_BEGAN', 'OUTAGE_ENDED']
  await sql(`UPDATE JETON_HEAD SET LINK = NULL, PREVIOUS_LINK = NULL, ${counters.map((counter) => `${counter} = 0`).join(', ')}`)
  await sql('COMMIT')
}

/** The time of a database cannot be moved, but what is in it can. */
async function makeOlder(sql: Sql, length: number): Promise<void> {
  for (const [table, columns] of Object.entries(INSTANTS)) {
    await sql(`UPDATE ${table} SET ${columns.map((column) => `${column} = ${column} - ${length}`).join(', ')}`)
  }
  await sql(`UPDATE JETON_LEASE SET EXPIRES_MS = EXPIRES_MS - ${length * 1000}`)
}
