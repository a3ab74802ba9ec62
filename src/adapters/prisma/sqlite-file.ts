import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import type { MigrationConnection } from './migrate.js'

/** Makes the file where it is missing, for its owner only; SQLite gives the files beside it the same mode. */
export function makePrivateFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
}

/** A connection of its own for the schema: the Prisma client's would roll back a transaction that spans several scripts. */
export async function withMigrationConnection<Answer>(file: string, work: (connection: MigrationConnection) => Promise<Answer>): Promise<Answer> {
  const database = new Libsql(file, { timeout: 5_000 })
  try {
    return await work({
      engine: 'sqlite',
      rows: async (sql) => database.prepare(sql).all() as Record<string, unknown>[],
      script: async (sql) => void database.exec(sql),
    })
  } finally {
    database.close()
  }
}
