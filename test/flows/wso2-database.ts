import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import mariadb from 'mariadb'
import pg from 'pg'
import { type Database, openDatabase } from '../../src/adapters/prisma/open-database.js'
import { createAdoption } from '../../src/main/compose/adopt-database.js'
import { seconds } from '../../src/model/time.js'
import { mysqlAddress } from '../adapters/prisma/engines.js'
import { type JetonInProcess, type JetonOptions, startJeton } from './jeton-in-process.js'
import { createServerDatabase, type ServerEngine } from './server-engine.js'

/** A database as WSO2's products leave it: plain statements, made by nobody's code. */
export interface Wso2Database {
  readonly url: string
  sql(statement: string): Promise<readonly Record<string, unknown>[]>
  /** Of every row and every column that WSO2 had there in the beginning. */
  checksum(): Promise<string>
  open(): Promise<Database>
  drop(): Promise<void>
}

export async function createWso2Database(engine: ServerEngine): Promise<Wso2Database> {
  const server = await createServerDatabase(engine)
  const connection = await connect(engine, server.url)
  await connection.sql(readFileSync(new URL(`../fixtures/wso2/${engine}.sql`, import.meta.url), 'utf8'))
  const columns = await readColumns(engine, connection.sql)
  const opened: Database[] = []
  return {
    url: server.url,
    sql: connection.sql,
    checksum: () => checksumOf(columns, connection.sql),
    async open() {
      const database = await openDatabase({ engine, url: server.url, poolSize: 4, keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
      opened.push(database)
      return database
    },
    async drop() {
      for (const database of opened) await database.close()
      await connection.close()
      await server.drop()
    },
  }
}

interface Connection {
  readonly sql: Wso2Database['sql']
  close(): Promise<void>
}

async function connect(engine: ServerEngine, url: string): Promise<Connection> {
  if (engine === 'postgresql') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { sql: async (statement) => (await client.query(statement)).rows, close: () => client.end() }
  }
  const connection = await mariadb.createConnection({ ...mysqlAddress(url), multipleStatements: true })
  return { sql: (statement) => connection.query(statement), close: () => connection.end() }
}

async function readColumns(engine: ServerEngine, sql: Wso2Database['sql']): Promise<ReadonlyMap<string, readonly string[]>> {
  const schema = engine === 'postgresql' ? 'current_schema()' : 'DATABASE()'
  const rows = await sql(`SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = ${schema} ORDER BY 1, 2`)
  const columns = new Map<string, string[]>()
  for (const { t, c } of rows) columns.set(String(t), [...(columns.get(String(t)) ?? []), String(c)])
  return columns
}

async function checksumOf(columns: ReadonlyMap<string, readonly string[]>, sql: Wso2Database['sql']): Promise<string> {
  const hash = createHash('sha256')
  for (const [table, names] of columns) {
    const rows = await sql(`SELECT ${names.join(', ')} FROM ${table}`)
    const texts = rows.map((row) =>
      JSON.stringify(
        names.map((name) => row[name]),
        (_key, value) => (typeof value === 'bigint' ? String(value) : value),
      ),
    )
    hash.update(`${table}\n${texts.sort().join('\n')}\n`)
  }
  return hash.digest('hex')
}

/** The applications of the fixture, with the secrets that nobody but they know. */
export const WSO2_APPS = {
  plain: { id: 'PlainAppKey0000000000000000A', secret: 'plain_secret_0000000000000A' },
  hashed: { id: 'HashedAppKey000000000000000B', secret: 'hashed_secret_000000000000B' },
  oldHash: { id: 'OldHashAppKey00000000000000C', secret: 'oldhash_secret_00000000000C' },
  disabled: { id: 'DisabledAppKey0000000000000D', secret: 'disabled_secret_00000000000D' },
  event: { id: 'EventAppKey000000000000000E', secret: 'event_secret_00000000000000E' },
  opaque: { id: 'OpaqueAppKey00000000000000F', secret: 'opaque_secret_0000000000000F' },
  jwt: { id: 'JwtAppKey000000000000000000G', secret: 'jwt_secret_0000000000000000G' },
} as const

const twoDigits = (place: number): string => String(place).padStart(2, '0')

/** The opaque tokens of the fixture, by their place in it. */
export const wso2Access = (place: number): string => `11111111-aaaa-4aaa-8aaa-0000000000${twoDigits(place)}`
export const wso2Refresh = (place: number): string => `22222222-bbbb-4bbb-8bbb-0000000000${twoDigits(place)}`
export const wso2TokenId = (place: number): string => `33333333-cccc-4ccc-8ccc-0000000000${twoDigits(place)}`

export interface AdoptedJeton extends JetonInProcess {
  readonly wso2: Wso2Database
  /** Of what WSO2 had, before it was taken over. */
  readonly checksumBefore: string
}

/** A Jeton on a database of WSO2's that it has just taken over. */
export async function startAdopted(engine: ServerEngine, options: Omit<JetonOptions, 'engine' | 'beside'> = {}): Promise<AdoptedJeton> {
  const wso2 = await createWso2Database(engine)
  const checksumBefore = await wso2.checksum()
  const stores = await wso2.open()
  const lifetimes = {
    applicationAccessToken: seconds(3600),
    userAccessToken: seconds(3600),
    refreshToken: seconds(86_400),
    authorizationCode: seconds(300),
  }
  await createAdoption({ lifetimes }, stores)()
  const jeton = await startJeton({ ...options, engine, beside: { stores, databaseUrl: wso2.url } })
  return {
    ...jeton,
    wso2,
    checksumBefore,
    async close() {
      await jeton.close()
      await wso2.drop()
    },
  }
}
