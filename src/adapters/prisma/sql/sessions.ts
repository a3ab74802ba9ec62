import type { Seconds } from '../../../model/time.js'
import type { PurgeMargin } from '../../../stores/purge-target.js'
import type { SessionRules } from '../../../stores/session-rules.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

/** The primary key of both session stores. */
export const SESSION_KEY = ['SESSION_ID', 'SESSION_TYPE', 'TIME_CREATED', 'OPERATION'] as const

export type SessionKey = {
  readonly SESSION_ID: string
  readonly SESSION_TYPE: string
  /** Nanoseconds since 1970: more than a number holds. */
  readonly TIME_CREATED: SqlInteger
  readonly OPERATION: string
}

export const valuesOf = (
  { integer }: Dialect,
  { SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION }: SessionKey,
): readonly (string | Prisma.Sql)[] => [SESSION_ID, SESSION_TYPE, integer(BigInt(TIME_CREATED)), OPERATION]

/** The nanosecond that is so long past. */
export const nanosecondsAgo = ({ now, integer }: Dialect, length: Seconds): Prisma.Sql =>
  Prisma.sql`(${now} - ${integer(BigInt(length))}) * 1000000000`

/** Whether the time of a row is over, whatever other rows say. */
function isOver(dialect: Dialect, { endedBy, longest }: SessionRules, { safePeriod }: PurgeMargin): Prisma.Sql {
  switch (endedBy) {
    case 'expiry': {
      const ends = Prisma.sql`COALESCE(EXPIRY_TIME, TIME_CREATED + ${dialect.integer(BigInt(longest) * 1_000_000_000n)})`
      return Prisma.sql`${ends} < ${nanosecondsAgo(dialect, safePeriod)}`
    }
    case 'age':
      return Prisma.sql`TIME_CREATED < ${nanosecondsAgo(dialect, longest)}`
    case 'nothing':
      return Prisma.sql`1 = 0`
  }
}

/**
 * The rows of some session ids that may go, with the REASON. As the newest row of a session and type is the one that counts, whatever is
 * older may go, and the newest only when its session is over; a DELETE only after its safe period, in which a late STORE may still arrive,
 * and when it hides no STORE that stays. They are to go oldest first: then the answer is the same after each of them.
 * By windows and not by looking for other rows, for which a database without fresh statistics takes the worst of its indexes.
 */
export function doomedSessions(dialect: Dialect, rules: SessionRules, margin: PurgeMargin, range: IdRange): Prisma.Sql {
  const newest = (which: Prisma.Sql): Prisma.Sql =>
    Prisma.sql`MAX(CASE WHEN ${which} THEN TIME_CREATED END) OVER (PARTITION BY SESSION_ID, SESSION_TYPE)`
  const isStore = Prisma.sql`OPERATION = 'STORE'`
  const over = isOver(dialect, rules, margin)
  const key = Prisma.raw(SESSION_KEY.join(', '))
  return Prisma.sql`(
    SELECT ${key}, ${reasonOfSession(dialect, rules, margin)} AS REASON FROM (
      SELECT ${key}, CASE WHEN ${over} THEN 1 ELSE 0 END AS IS_OVER,
        ${newest(Prisma.sql`1 = 1`)} AS NEWEST, ${newest(isStore)} AS NEWEST_STORE, ${newest(Prisma.sql`${isStore} AND NOT (${over})`)} AS NEWEST_LASTING
      FROM IDN_AUTH_SESSION_STORE S WHERE ${isIn(Prisma.sql`S`, range)}) ROWS_OF_SESSIONS) JUDGED`
}

/** NULL: the row stays. */
function reasonOfSession(dialect: Dialect, { loggedOutAtOnce }: SessionRules, { safePeriod }: PurgeMargin): Prisma.Sql {
  const loggedOut = loggedOutAtOnce ? Prisma.sql`WHEN TIME_CREATED < NEWEST THEN 'logged_out'` : Prisma.empty
  const hidden = loggedOutAtOnce ? Prisma.sql`TIME_CREATED` : Prisma.sql`NEWEST_STORE`
  return Prisma.sql`CASE OPERATION
    WHEN 'STORE' THEN CASE WHEN TIME_CREATED < NEWEST_STORE THEN 'superseded' ${loggedOut} WHEN IS_OVER = 1 THEN 'expired' END
    WHEN 'DELETE' THEN CASE
      WHEN TIME_CREATED < NEWEST THEN 'superseded'
      WHEN TIME_CREATED < ${nanosecondsAgo(dialect, safePeriod)} AND (NEWEST_LASTING IS NULL OR NEWEST_LASTING <> ${hidden}) THEN 'logged_out' END
    END`
}

/** Session ids: those behind `after`, up to `to`. */
export interface IdRange {
  /** null: from the first. */
  readonly after: string | null
  readonly to: string
}

export const isIn = (row: Prisma.Sql, { after, to }: IdRange): Prisma.Sql =>
  Prisma.sql`${row}.SESSION_ID <= ${to} ${after === null ? Prisma.empty : Prisma.sql`AND ${row}.SESSION_ID > ${after}`}`

/** The last session id of the next so many rows of a table: NULL where there are none. */
export function endOfRange(table: string, after: string | null, stride: number): Prisma.Sql {
  const behind = after === null ? Prisma.empty : Prisma.sql`WHERE SESSION_ID > ${after}`
  return Prisma.sql`
    SELECT MAX(SESSION_ID) AS LAST_ID FROM (SELECT SESSION_ID FROM ${Prisma.raw(table)} ${behind} ORDER BY SESSION_ID LIMIT ${BigInt(stride)}) STRIDE`
}
