import { CommandRefused } from '../../../errors/operational-errors.js'
import type { MigrationConnection } from '../migrate.js'
import { bookOf, hasTable, pendingOf, readBook, readMigrations } from '../migration-book.js'
import { MIGRATION_DIALECTS } from '../migration-dialects.js'
import { readActualSchema } from './actual-schema.js'
import { applyFitted } from './apply-fitted.js'
import { indexUnhashedTokens } from './unhashed-tokens.js'
import { checkWso2Schema } from './wso2-schema.js'

/** As the migration that has it makes it: here it is made before anything else, so that what was begun is known to be. */
const ADOPTION_TABLE = `CREATE TABLE IF NOT EXISTS JETON_ADOPTION (
  ID INTEGER NOT NULL PRIMARY KEY, BEGAN_AT BIGINT NOT NULL, FINISHED_AT BIGINT, UNHASHED_TOKENS INTEGER NOT NULL DEFAULT 0)`

const NOW = {
  sqlite: 'unixepoch()',
  postgresql: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)',
  mysql: 'UNIX_TIMESTAMP()',
} as const

/** WSO2 writes its times in UTC. One that lies ahead was read in another time zone than it was written in. */
const AHEAD = {
  sqlite: undefined,
  postgresql: `SELECT 1 AS found FROM IDN_OAUTH2_ACCESS_TOKEN HAVING MAX(TIME_CREATED) > timezone('UTC', now()) + INTERVAL '5 minutes'`,
  mysql: 'SELECT 1 AS found FROM IDN_OAUTH2_ACCESS_TOKEN HAVING MAX(TIME_CREATED) > UTC_TIMESTAMP() + INTERVAL 5 MINUTE',
} as const

/**
 * Adds to WSO2's tables what Jeton needs, and Jeton's own: columns that are empty or have a default, indexes, tables. No row of
 * WSO2's changes in any of its columns. On PostgreSQL all or nothing; elsewhere what was begun is gone on with.
 * @returns the names of the migrations that this has made true. @throws CommandRefused `nothing_to_adopt`, `foreign_schema`, as `migrateDatabase`
 */
export async function adoptSchema(connection: MigrationConnection, folder: string): Promise<readonly string[]> {
  const dialect = MIGRATION_DIALECTS[connection.engine]
  await dialect.begin(connection)
  try {
    await begin(connection)
    await connection.script(bookOf(dialect))
    const pending = pendingOf(readMigrations(folder), await readBook(connection))
    for (const migration of pending) await applyFitted(connection, migration)
    await indexUnhashedTokens(connection)
    await connection.script(dialect.commit)
    return pending.map(({ name }) => name)
  } catch (error) {
    // Where the connection is lost so is the transaction, and the first error says more.
    await connection.script(dialect.rollback).catch(() => undefined)
    throw error
  }
}

async function begin(connection: MigrationConnection): Promise<void> {
  const { engine, rows, script } = connection
  const hasMark = await hasTable(connection, 'JETON_ADOPTION')
  const isBegun = hasMark && (await rows('SELECT 1 AS found FROM JETON_ADOPTION WHERE ID = 1')).length > 0
  if (isBegun) return
  if (await hasTable(connection, 'JETON_HEAD'))
    throw new CommandRefused('nothing_to_adopt', "the tables of the database are Jeton's own: there is nothing to take over")
  checkWso2Schema(await readActualSchema(connection))
  if (AHEAD[engine] !== undefined && (await rows(AHEAD[engine])).length > 0)
    throw new CommandRefused(
      'wrong_time_zone',
      'the newest token was made in the future: the times were not read in the time zone in which WSO2 wrote them',
    )
  await script(ADOPTION_TABLE)
  await script(`INSERT INTO JETON_ADOPTION (ID, BEGAN_AT) VALUES (1, ${NOW[engine]})`)
}
