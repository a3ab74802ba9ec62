import { randomUUID } from 'node:crypto'
import type { MigrationConnection } from '../migrate.js'
import { type Migration, quoted } from '../migration-book.js'
import { MIGRATION_DIALECTS } from '../migration-dialects.js'
import { readActualSchema } from './actual-schema.js'
import { fitStatement } from './fit-statement.js'
import { parseMigration } from './migration-statements.js'

/**
 * Does of a migration what is not there yet, and writes it down when it is done: so it can be begun again wherever it ended.
 * @throws CommandRefused `foreign_schema`
 */
export async function applyFitted(connection: MigrationConnection, { name, sql, checksum }: Migration): Promise<void> {
  const schema = await readActualSchema(connection)
  for (const statement of parseMigration(sql)) {
    if (statement.kind === 'first rows' && (await hasRows(connection, statement.table))) continue
    for (const fitted of fitStatement(statement, schema)) await connection.script(fitted)
  }
  const { now } = MIGRATION_DIALECTS[connection.engine]
  await connection.script(`INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES ('${randomUUID()}', '${checksum}', ${quoted(name)}, ${now}, ${now}, 1)`)
}

async function hasRows({ rows }: MigrationConnection, table: string): Promise<boolean> {
  return (await rows(`SELECT 1 AS found FROM ${table} LIMIT 1`)).length > 0
}
