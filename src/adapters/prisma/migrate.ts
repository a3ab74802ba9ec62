import { randomUUID } from 'node:crypto'
import type { MigrationState } from '../../stores/stores.js'
import { applyFitted } from './adopt/apply-fitted.js'
import { judgeOrigin } from './adopt/judge-origin.js'
import { bookOf, hasTable, type Migration, pendingOf, quoted, readBook, readMigrations } from './migration-book.js'
import { MIGRATION_DIALECTS, type MigrationDialect } from './migration-dialects.js'

/** The least a database has to offer: rows of one statement, and a script of several, on one connection. */
export interface MigrationConnection {
  readonly engine: 'sqlite' | 'postgresql' | 'mysql'
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  script(sql: string): Promise<void>
}

/**
 * Applies what is missing, in the order of the names, all in one transaction where the engine can do that.
 * Where the tables were WSO2's, only what is missing of each.
 * @throws CommandRefused `migration_failed` | `migration_changed` | `migration_unknown` | `not_adopted` when the database is not one these migrations fit.
 */
export async function migrateDatabase(connection: MigrationConnection, folder: string): Promise<readonly string[]> {
  const dialect = MIGRATION_DIALECTS[connection.engine]
  await dialect.begin(connection)
  try {
    await connection.script(bookOf(dialect))
    const book = await readBook(connection)
    const pending = pendingOf(readMigrations(folder), book)
    const isAdopted = (await judgeOrigin(connection, book)) === 'adopted'
    for (const migration of pending) await (isAdopted ? applyFitted(connection, migration) : apply(connection, migration, dialect))
    await connection.script(dialect.commit)
    return pending.map(({ name }) => name)
  } catch (error) {
    // Where the connection is lost so is the transaction, and the first error says more.
    await connection.script(dialect.rollback).catch(() => undefined)
    throw error
  }
}

async function apply(connection: MigrationConnection, { name, sql, checksum }: Migration, { now, leavesHalves }: MigrationDialect): Promise<void> {
  const id = randomUUID()
  await connection.script(`INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at)
VALUES ('${id}', '${checksum}', ${quoted(name)}, ${now})`)
  try {
    await connection.script(sql)
  } catch (error) {
    if (leavesHalves)
      await connection.script(`UPDATE _prisma_migrations SET logs = ${quoted(String(error))} WHERE id = '${id}'`).catch(() => undefined)
    throw error
  }
  await connection.script(`UPDATE _prisma_migrations SET finished_at = ${now}, applied_steps_count = 1 WHERE id = '${id}'`)
}

/** What is applied and what is not, without changing anything. @throws CommandRefused as {@link migrateDatabase}. */
export async function readMigrationState(connection: Omit<MigrationConnection, 'script'>, folder: string): Promise<MigrationState> {
  const exists = await hasTable(connection, '_prisma_migrations')
  const book = exists ? await readBook(connection) : new Map<string, string>()
  return { applied: [...book.keys()], pending: pendingOf(readMigrations(folder), book).map(({ name }) => name) }
}
