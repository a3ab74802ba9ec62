import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, RowChange } from './dialect.js'

const HEAD = Prisma.sql`FROM JETON_HEAD WHERE ID = 1`

/** Everything a poll asks for. */
export function readHead({ nowMs }: Dialect): Prisma.Sql {
  return Prisma.sql`SELECT EPOCH, SEQ, TRIMMED_TO, CLIENTS, USERS, KEY_CHANGES, LONGEST_ACCESS, LONGEST_REFRESH, LINK, ${nowMs} AS NOW_MS ${HEAD}`
}

/**
 * Gives away the next `count` places of the log. The row stays locked until the transaction ends, so the order is that of
 * the commits, and the time is one after the lock was got. The order of the assignments counts: MySQL sees what the first has set.
 */
export function takePlaces({ nowMs }: Dialect, count: number, link: string): RowChange {
  return {
    write: Prisma.sql`UPDATE JETON_HEAD SET SEQ = SEQ + ${BigInt(count)}, PREVIOUS_LINK = LINK, LINK = ${link} WHERE ID = 1`,
    columns: Prisma.sql`SEQ, LONGEST_ACCESS, LONGEST_REFRESH, PREVIOUS_LINK, ${nowMs} AS NOW_MS`,
    row: HEAD,
  }
}

const COUNTERS = {
  clients: Prisma.sql`UPDATE JETON_HEAD SET CLIENTS = CLIENTS + 1 WHERE ID = 1`,
  users: Prisma.sql`UPDATE JETON_HEAD SET USERS = USERS + 1 WHERE ID = 1`,
} as const

/** Says that a client or a user has changed. */
export function countChange(what: keyof typeof COUNTERS): Prisma.Sql {
  return COUNTERS[what]
}

/** Says that a key has changed, if none has since `version`. */
export function countKeyChange(version: number): Prisma.Sql {
  return Prisma.sql`UPDATE JETON_HEAD SET KEY_CHANGES = KEY_CHANGES + 1 WHERE ID = 1 AND KEY_CHANGES = ${BigInt(version)}`
}

/** Never shortens what is recorded. */
export function raiseLifetimes({ greatest }: Dialect, access: bigint, refresh: bigint): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_HEAD SET
      LONGEST_ACCESS = ${greatest(Prisma.sql`LONGEST_ACCESS`, Prisma.sql`${access}`)},
      LONGEST_REFRESH = ${greatest(Prisma.sql`LONGEST_REFRESH`, Prisma.sql`${refresh}`)}
    WHERE ID = 1`
}

/** The longest that any client has of its own, in whatever way it got there. */
export function longestOfClients({ greatest }: Dialect): Prisma.Sql {
  const longest = (column: Prisma.Sql): Prisma.Sql => Prisma.sql`COALESCE(MAX(${column}), 0)`
  const access = greatest(longest(Prisma.sql`USER_ACCESS_TOKEN_EXPIRE_TIME`), longest(Prisma.sql`APP_ACCESS_TOKEN_EXPIRE_TIME`))
  return Prisma.sql`SELECT ${access} AS LONGEST_ACCESS, ${longest(Prisma.sql`REFRESH_TOKEN_EXPIRE_TIME`)} AS LONGEST_REFRESH FROM IDN_OAUTH_CONSUMER_APPS`
}

/** An outage that began within a grace of the one that is recorded makes it longer. The order counts: MySQL sees what the first assignment has set. */
export function recordOutage({ now, integer }: Dialect, began: bigint, grace: bigint): Prisma.Sql {
  const start = integer(began)
  return Prisma.sql`
    UPDATE JETON_HEAD SET
      OUTAGE_BEGAN = CASE WHEN OUTAGE_ENDED + ${integer(grace)} >= ${start} AND OUTAGE_BEGAN < ${start} THEN OUTAGE_BEGAN ELSE ${start} END,
      OUTAGE_ENDED = ${now}
    WHERE ID = 1`
}

export function startEpoch({ greatest, nowMs }: Dialect, from: bigint, seq: bigint): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_HEAD SET EPOCH = ${greatest(Prisma.sql`EPOCH + 1`, nowMs)}, SEQ = ${greatest(Prisma.sql`SEQ`, Prisma.sql`${seq}`)}
    WHERE ID = 1 AND EPOCH = ${from}`
}
