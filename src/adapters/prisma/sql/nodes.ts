import type { Seconds } from '../../../model/time.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export interface NodeRecord {
  readonly NODE_ID: string
  readonly SEQ: SqlInteger
  readonly LAST_SEEN: SqlInteger
}

/** How long a node that says nothing is remembered, in seconds. */
const REMEMBERED = Prisma.sql`3600`

export function announceNode({ now, onTaken, offered }: Dialect, id: string, seq: number): Prisma.Sql {
  const columns = [Prisma.sql`SEQ`, Prisma.sql`LAST_SEEN`, Prisma.sql`PURGE_AFTER`]
  const assignments = Prisma.join(columns.map((column) => Prisma.sql`${column} = ${offered(column)}`))
  return Prisma.sql`
    INSERT INTO JETON_NODE (NODE_ID, SEQ, LAST_SEEN, PURGE_AFTER) VALUES (${id}, ${BigInt(seq)}, ${now}, ${now} + ${REMEMBERED})
    ${onTaken(Prisma.sql`NODE_ID`, assignments)}`
}

export function forgetNodes({ now }: Dialect): Prisma.Sql {
  return Prisma.sql`DELETE FROM JETON_NODE WHERE PURGE_AFTER < ${now}`
}

export function listNodes({ now, integer }: Dialect, within: Seconds): Prisma.Sql {
  return Prisma.sql`
    SELECT NODE_ID, SEQ, LAST_SEEN FROM JETON_NODE WHERE LAST_SEEN >= ${now} - ${integer(BigInt(within))} ORDER BY NODE_ID`
}
