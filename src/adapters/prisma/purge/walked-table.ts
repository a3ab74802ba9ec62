import type { CommandRefused } from '../../../errors/operational-errors.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from '../sql/dialect.js'
import type { PurgeMoment } from '../sql/wso2-purge-rules.js'

/** A table that no index tells the old rows of: it is walked through. */
export interface WalkedTable {
  readonly name: string
  readonly table: string
  /** A text: its primary key. */
  readonly key: string
  /** Rows of other tables that go with one: where `column` is what it has in `link`. */
  readonly link: string
  readonly related: readonly { readonly table: string; readonly column: string }[]
  /** Which rows are meant at all; all where absent. */
  readonly only?: Prisma.Sql
  /** Whether its rule reads nothing but the row itself, so that a row that nobody changes is judged the same. */
  readonly isJudgedAlone: boolean
  /** Why a row may go; NULL: it stays. Columns have no table's name before them: MariaDB's `DELETE … RETURNING` gives a table no other one. */
  reason(dialect: Dialect, moment: PurgeMoment): Prisma.Sql
  /** Why it cannot be purged in this database. */
  readonly unfit?: CommandRefused
}

export const fromTable = ({ table }: WalkedTable): Prisma.Sql => Prisma.raw(table)
export const keyOf = ({ table, key }: WalkedTable): Prisma.Sql => Prisma.raw(`${table}.${key}`)
export const meant = ({ only }: WalkedTable): Prisma.Sql => only ?? Prisma.sql`1 = 1`
