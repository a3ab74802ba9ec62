import { setTimeout as sleep } from 'node:timers/promises'
import mariadb from 'mariadb'
import pg from 'pg'
import type { ChaosEngine } from './options.js'

export type Row = Readonly<Record<string, unknown>>
/** One statement over a connection of its own, past every proxy. */
export type Sql = (statement: string, database?: string) => Promise<readonly Row[]>

const PATIENCE_MS = 2000
const ATTEMPTS = 100

/** Column names come in upper case; a server that is starting is waited for. */
export function createSql(engine: ChaosEngine, port: number, name: string): Sql {
  const ask = engine === 'postgres' ? askPostgres : askMysql
  return async (statement, database = name) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await ask(port, database, statement)).map(inUpperCase)
      } catch (error) {
        if (attempt === ATTEMPTS) throw error
        await sleep(100)
      }
    }
  }
}

async function askPostgres(port: number, database: string, statement: string): Promise<readonly Row[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'root', database, connectionTimeoutMillis: PATIENCE_MS })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

async function askMysql(port: number, database: string, statement: string): Promise<readonly Row[]> {
  const connection = await mariadb.createConnection({ host: '127.0.0.1', port, user: 'root', database, connectTimeout: PATIENCE_MS })
  try {
    const rows: unknown = await connection.query(statement)
    return Array.isArray(rows) ? rows : []
  } finally {
    await connection.end()
  }
}

const inUpperCase = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))
