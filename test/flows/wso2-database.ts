import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import mariadb from 'mariadb'
import pg from 'pg'
import { type Database, openDatabase } from '../../src/adapters/prisma/open-database.js'
import { seconds } from '../../src/model/time.js'
import { mysqlAddress } from '../adapters/prisma/engines.js'
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
