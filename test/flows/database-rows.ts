import { dirname, join } from 'node:path'
import mariadb from 'mariadb'
import pg from 'pg'
import { mysqlAddress } from '../adapters/prisma/engines.js'
import { sqlOn } from '../adapters/prisma/temporary-database.js'
import type { JetonInProcess } from './jeton-in-process.js'
import type { FlowEngine } from './server-engine.js'

/** What stands in the database of a test, read past the server. */
export interface DatabaseRows {
  read(sql: string): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

export async function readDatabase(jeton: Pick<JetonInProcess, 'settings' | 'databaseUrl'>, engine: FlowEngine): Promise<DatabaseRows> {
  const { settings, databaseUrl = '' } = jeton
  if (engine === 'postgresql') {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    return { read: async (sql) => (await client.query(sql)).rows, close: () => client.end() }
  }
  if (engine === 'mysql') {
    const connection = await mariadb.createConnection(mysqlAddress(databaseUrl))
    return { read: (sql) => connection.query(sql), close: () => connection.end() }
  }
  const file = join(dirname(settings.database.file), '../jeton.db')
  return {
    read: async (sql) => sqlOn(file, (database) => database.prepare(sql).all() as Record<string, unknown>[]),
    close: async () => undefined,
  }
}
