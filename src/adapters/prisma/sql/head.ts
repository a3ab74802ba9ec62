import { Prisma } from '../generated/sqlite/client.js'

const NOW_MS = Prisma.sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/** Everything a poll asks for. */
export function readHead(): Prisma.Sql {
  return Prisma.sql`
    SELECT EPOCH, SEQ, TRIMMED_TO, CLIENTS, USERS, KEYS, LONGEST_ACCESS, LONGEST_REFRESH, ${NOW_MS} AS NOW_MS FROM JETON_HEAD WHERE ID = 1`
}

/** Gives away the next `count` places of the log. The row stays locked until the transaction ends, so the order is that of the commits. */
export function takePlaces(count: number): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_HEAD SET SEQ = SEQ + ${BigInt(count)} WHERE ID = 1
    RETURNING SEQ, LONGEST_ACCESS, LONGEST_REFRESH, ${NOW_MS} AS NOW_MS`
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
  return Prisma.sql`UPDATE JETON_HEAD SET KEYS = KEYS + 1 WHERE ID = 1 AND KEYS = ${BigInt(version)}`
}

export function raiseLifetimes(access: number, refresh: number): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_HEAD SET LONGEST_ACCESS = MAX(LONGEST_ACCESS, ${BigInt(access)}), LONGEST_REFRESH = MAX(LONGEST_REFRESH, ${BigInt(refresh)})
    WHERE ID = 1`
}

export function startEpoch(from: number, seq: number): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_HEAD SET EPOCH = MAX(EPOCH + 1, ${NOW_MS}), SEQ = MAX(SEQ, ${BigInt(seq)}) WHERE ID = 1 AND EPOCH = ${BigInt(from)}`
}
