import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandRefused } from '../../errors/operational-errors.js'

export type Provider = 'sqlite'

/** The least a database has to offer: rows of one statement, and a script of several, on one connection. */
export interface MigrationConnection {
  readonly provider: Provider
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  script(sql: string): Promise<void>
}

export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** What engines do differently here. `nowMs`, `begin`, `commit`, `rollback` are what Prisma's own engine would do. */
interface Dialect {
  readonly timestamp: string
  readonly now: string
  readonly begin: string
  readonly commit: string
  readonly rollback: string
  readonly tableExists: string
}

const DIALECTS: Record<Provider, Dialect> = {
  sqlite: {
    timestamp: 'DATETIME',
    now: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
    begin: 'BEGIN IMMEDIATE',
    commit: 'COMMIT',
    rollback: 'ROLLBACK',
    tableExists: `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  },
}

/** Prisma's own book of migrations, so that its tools understand a database that Jeton has migrated, and the reverse. */
const bookOf = (dialect: Dialect): string => `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" ${dialect.timestamp},
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" ${dialect.timestamp},
  "started_at" ${dialect.timestamp} NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

/**
 * Applies what is missing, in the order of the names, all in one transaction.
 * @throws CommandRefused `migration_failed` | `migration_changed` | `migration_unknown` when the database is not one these migrations fit.
 */
export async function migrateDatabase(connection: MigrationConnection, folder: string): Promise<readonly string[]> {
  const dialect = DIALECTS[connection.provider]
  await connection.script(dialect.begin)
  try {
    await connection.script(bookOf(dialect))
    const pending = pendingOf(readMigrations(folder), await readBook(connection))
    for (const migration of pending) {
      await connection.script(migration.sql)
      await connection.script(record(migration, dialect))
    }
    await connection.script(dialect.commit)
    return pending.map(({ name }) => name)
  } catch (error) {
    await connection.script(dialect.rollback)
    throw error
  }
}

/** What is applied and what is not, without changing anything. @throws CommandRefused as {@link migrateDatabase}. */
export async function readMigrationState(connection: Omit<MigrationConnection, 'script'>, folder: string): Promise<MigrationState> {
  const exists = (await connection.rows(DIALECTS[connection.provider].tableExists)).length > 0
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
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name',
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

function record({ name, checksum }: Migration, { now }: Dialect): string {
  return `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES ('${randomUUID()}', '${checksum}', '${name.replaceAll("'", "''")}', ${now}, ${now}, 1)`
}
