import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandRefused } from '../../errors/operational-errors.js'
import type { MigrationState } from '../../stores/stores.js'
import { MIGRATION_DIALECTS, type MigrationDialect } from './migration-dialects.js'

/** The least a database has to offer: rows of one statement, and a script of several, on one connection. */
export interface MigrationConnection {
  readonly engine: 'sqlite' | 'postgresql' | 'mysql'
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  script(sql: string): Promise<void>
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Prisma's own book of migrations, so that its tools understand a database that Jeton has migrated, and the reverse. */
const bookOf = ({ timestamp, now, leavesHalves }: MigrationDialect): string => `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at ${timestamp},
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at ${timestamp},
  started_at ${timestamp} NOT NULL DEFAULT ${leavesHalves ? now : 'current_timestamp'},
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/**
 * Applies what is missing, in the order of the names, all in one transaction where the engine can do that.
 * @throws CommandRefused `migration_failed` | `migration_changed` | `migration_unknown` when the database is not one these migrations fit.
 */
export async function migrateDatabase(connection: MigrationConnection, folder: string): Promise<readonly string[]> {
  const dialect = MIGRATION_DIALECTS[connection.engine]
  await dialect.begin(connection)
  try {
    await connection.script(bookOf(dialect))
    const pending = pendingOf(readMigrations(folder), await readBook(connection))
    for (const migration of pending) await apply(connection, migration, dialect)
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

/** Right whether or not the engine takes a backslash for the beginning of something. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '/').replaceAll("'", "''")}'`
}

/** What is applied and what is not, without changing anything. @throws CommandRefused as {@link migrateDatabase}. */
export async function readMigrationState(connection: Omit<MigrationConnection, 'script'>, folder: string): Promise<MigrationState> {
  const exists = (await connection.rows(MIGRATION_DIALECTS[connection.engine].tableExists)).length > 0
  const book = exists ? await readBook(connection) : new Map<string, string>()
  return { applied: [...book.keys()], pending: pendingOf(readMigrations(folder), book).map(({ name }) => name) }
}

function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'migration.sql'))
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') }
    })
}

/** Name to checksum. */
async function readBook(connection: Omit<MigrationConnection, 'script'>): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.rows(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  const failed = rows.find((row) => row.finished_at === null)
  if (failed)
    throw new CommandRefused('migration_failed', `migration ${failed.migration_name} was begun and has not finished: repair the schema first`)
  return new Map(rows.map((row) => [String(row.migration_name), String(row.checksum)]))
}

function pendingOf(migrations: readonly Migration[], book: ReadonlyMap<string, string>): readonly Migration[] {
  const known = new Set(migrations.map(({ name }) => name))
  for (const name of book.keys()) {
    if (!known.has(name)) throw new CommandRefused('migration_unknown', `the database has migration ${name}, which this version does not know`)
  }
  for (const { name, checksum } of migrations) {
    const applied = book.get(name)
    if (applied !== undefined && applied !== checksum) {
      throw new CommandRefused('migration_changed', `migration ${name} is not the one that was applied to this database`)
    }
  }
  return migrations.filter(({ name }) => !book.has(name))
}
