import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandRefused } from '../../errors/operational-errors.js'
import type { MigrationConnection } from './migrate.js'
import { MIGRATION_DIALECTS, type MigrationDialect } from './migration-dialects.js'

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** Prisma's own book of migrations, so that its tools understand a database that Jeton has migrated, and the reverse. */
export const bookOf = ({ timestamp, now, leavesHalves }: MigrationDialect): string => `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at ${timestamp},
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at ${timestamp},
  started_at ${timestamp} NOT NULL DEFAULT ${leavesHalves ? now : 'current_timestamp'},
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/** Right whether or not the engine takes a backslash for the beginning of something. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '/').replaceAll("'", "''")}'`
}

export async function hasTable({ engine, rows }: Pick<MigrationConnection, 'engine' | 'rows'>, name: string): Promise<boolean> {
  return (await rows(MIGRATION_DIALECTS[engine].tableExists(name))).length > 0
}

export function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'migration.sql'))
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') }
    })
}

/** Name to checksum. */
export async function readBook(connection: Pick<MigrationConnection, 'rows'>): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.rows(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  const failed = rows.find((row) => row.finished_at === null)
  if (failed)
    throw new CommandRefused('migration_failed', `migration ${failed.migration_name} was begun and has not finished: repair the schema first`)
  return new Map(rows.map((row) => [String(row.migration_name), String(row.checksum)]))
}

export function pendingOf(migrations: readonly Migration[], book: ReadonlyMap<string, string>): readonly Migration[] {
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
