import { Prisma } from '../generated/sqlite/client.js'
import { upsertGrants } from './advance-grant.js'
import type { Dialect } from './dialect.js'
import { revokeHit } from './revoke-hit.js'

export const postgresqlDialect: Dialect = {
  name: 'postgresql',
  // Not now(), which is when the transaction began; and not clock_timestamp(), by which no index can be searched.
  now: Prisma.sql`CAST(FLOOR(EXTRACT(EPOCH FROM statement_timestamp())) AS BIGINT)`,
  // The time of the answer: a statement that waits for a lock begins long before.
  nowMs: Prisma.sql`CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)`,
  newStateId: Prisma.sql`REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '')`,
  insertionOrder: Prisma.sql`T.JETON_ORDER`,
  lockHead: Prisma.sql`SELECT ID FROM JETON_HEAD WHERE ID = 1 FOR UPDATE`,
  integer: (value) => Prisma.sql`CAST(${value} AS BIGINT)`,
  greatest: (one, other) => Prisma.sql`GREATEST(${one}, ${other})`,
  toSeconds: (timestamp) => Prisma.sql`CAST(FLOOR(EXTRACT(EPOCH FROM ${timestamp})) AS BIGINT)`,
  toTimestamp: (seconds) => Prisma.sql`(to_timestamp(${seconds}) AT TIME ZONE 'UTC')`,
  joined: (column) => Prisma.sql`string_agg(${column}, ' ')`,
  onTaken: (key, assignments) => Prisma.sql`ON CONFLICT (${key}) DO UPDATE SET ${assignments}`,
  unlessTaken: (key) => Prisma.sql`ON CONFLICT (${key}) DO NOTHING`,
  forUpdate: Prisma.sql`FOR UPDATE`,
  forUpdateOfFree: Prisma.sql`FOR UPDATE SKIP LOCKED`,
  unlessTokenIsThere: Prisma.sql`ON CONFLICT DO NOTHING`,
  offered: (column) => Prisma.sql`excluded.${column}`,
  // Rows that another one is changing now are left for the next time.
  deleteOldest: (table, condition, limit) => Prisma.sql`
    DELETE FROM ${table} WHERE CTID = ANY (ARRAY(
      SELECT CTID FROM ${table} WHERE ${condition} ORDER BY PURGE_AFTER LIMIT ${limit} FOR UPDATE SKIP LOCKED))`,
  revokeHit: (on, hit) => revokeHit(postgresqlDialect, on, hit),
  advanceGrants: (steps) => upsertGrants({ ...postgresqlDialect, stepRows }, steps),
}

const stepRows = (json: string): Prisma.Sql => Prisma.sql`
  json_to_recordset(CAST(${json} AS JSON)) AS STEP (PLACE BIGINT, ID VARCHAR, SPENT BIGINT, PRESENTED BIGINT, LIFETIME BIGINT, KEPT BIGINT, LEAP BIGINT)`
