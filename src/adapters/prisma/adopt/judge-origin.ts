import { CommandRefused } from '../../../errors/operational-errors.js'
import type { MigrationConnection } from '../migrate.js'
import { hasTable } from '../migration-book.js'

/** Whose the tables were in the beginning. */
export type Origin = 'jeton' | 'adopted'

/** @param book the migrations that are applied. @throws CommandRefused `not_adopted` where the tables are WSO2's, still or in part. */
export async function judgeOrigin(connection: Pick<MigrationConnection, 'engine' | 'rows'>, book: ReadonlyMap<string, string>): Promise<Origin> {
  const hasMark = await hasTable(connection, 'JETON_ADOPTION')
  const [adoption] = hasMark ? await connection.rows('SELECT FINISHED_AT AS finished_at FROM JETON_ADOPTION WHERE ID = 1') : []
  if (adoption !== undefined) {
    if (adoption.finished_at !== null) return 'adopted'
    throw notAdopted('has not been taken over to the end: run "jeton migrate --adopt" again')
  }
  if (book.size > 0 || !(await hasTable(connection, 'IDN_OAUTH_CONSUMER_APPS'))) return 'jeton'
  throw notAdopted('has tables of WSO2\'s: "jeton migrate --adopt" takes it over')
}

const notAdopted = (what: string): CommandRefused => new CommandRefused('not_adopted', `the database ${what}`)
