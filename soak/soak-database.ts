import Libsql from 'libsql'
import mariadb from 'mariadb'
import pg from 'pg'
import type { SoakEngine } from './options.js'

export type Row = Readonly<Record<string, unknown>>

/** The database that Jeton works on, as the witness sees it: past Jeton. */
export interface SoakDatabase {
  readonly engine: SoakEngine
  /** How `deployment.toml` names it. */
  readonly toml: string
  /** Column names come in upper case. Each statement has a connection of its own. */
  query(statement: string): Promise<readonly Row[]>
}

/** A file that one process at a time may serve: to be asked while none does. */
export function embeddedDatabase(file: string): SoakDatabase {
  return {
    engine: 'sqlite',
    toml: `[database.identity_db]\ntype = "sqlite"\nname = "${file}"\n`,
    async query(statement) {
      const database = new Libsql(file, { timeout: 5000 })
      try {
        const prepared = database.prepare(statement)
        if (prepared.reader) return prepared.all() as Row[]
        prepared.run()
        return []
      } finally {
        database.close()
      }
    },
  }
}

/** A database of a server, empty, by its URL. */
export function serverDatabase(engine: Exclude<SoakEngine, 'sqlite'>, url: string): SoakDatabase {
  const query = engine === 'postgres' ? askPostgres : askMysql
  const type = engine === 'postgres' ? 'postgre' : 'mysql'
  return {
    engine,
    toml: `[database.identity_db]\ntype = "${type}"\nurl = "${url}"\n`,
    query: async (statement) => (await query(url, statement)).map(inUpperCase),
  }
}

async function askPostgres(url: string, statement: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

async function askMysql(url: string, statement: string): Promise<readonly Row[]> {
  const { hostname, port, pathname, username, password } = new URL(url)
  const connection = await mariadb.createConnection({
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  })
  try {
    const rows: unknown = await connection.query(statement)
    return Array.isArray(rows) ? (rows as Row[]) : []
  } finally {
    await connection.end()
  }
}

const inUpperCase = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))
