import { Prisma } from '../generated/sqlite/client.js'
import { utcText } from '../utc-text.js'
import { upsertGrants } from './advance-grant.js'
import { bracketed } from './bracketed.js'
import { deleteRange } from './delete-range.js'
import type { Dialect } from './dialect.js'
import { heapPlaces } from './heap-places.js'
import { revokeHit } from './revoke-hit.js'
import { byKeys } from './rows-by-key.js'

const isOneOf: Dialect['isOneOf'] = (column, texts) => Prisma.sql`${column} = ANY (${[...texts]})`

export const postgresqlDialect: Dialect = {
  name: 'postgresql',
  locksRows: true,
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
  // EXTRACT would reckon with decimals, at ten times the price. Of microseconds half of one is more than what binary fractions get wrong.
  toMs: (timestamp) => Prisma.sql`CAST(FLOOR(date_part('epoch', ${timestamp}) * 1000 + 0.0005) AS BIGINT)`,
  exact: (text) => text,
  joined: (column) => Prisma.sql`string_agg(${column}, ' ')`,
  // Not a list of rows: that would be looked through for each row of the table.
  isAmong: (columns, rows) => Prisma.sql`(${Prisma.raw(columns.join(', '))}) IN (VALUES ${bracketed(rows)})`,
  isOneOf,
  ...byKeys(isOneOf),
  onTaken: (key, assignments) => Prisma.sql`ON CONFLICT (${key}) DO UPDATE SET ${assignments}`,
  unlessTaken: (key) => Prisma.sql`ON CONFLICT (${key}) DO NOTHING`,
  unlessAnyTaken: () => Prisma.sql`ON CONFLICT DO NOTHING`,
  timestamp: (value) => Prisma.sql`CAST(${utcText(value)} AS TIMESTAMP)`,
  forUpdate: Prisma.sql`FOR UPDATE`,
  forUpdateOfFree: Prisma.sql`FOR UPDATE SKIP LOCKED`,
  unlessTokenIsThere: Prisma.sql`ON CONFLICT DO NOTHING`,
  offered: (column) => Prisma.sql`excluded.${column}`,
  // Rows that another one is changing now are left for the next time. The condition comes twice: rows of different partitions may have
  // the same CTID.
  deleteOldest: (table, condition, limit) => Prisma.sql`
    DELETE FROM ${table} WHERE CTID = ANY (ARRAY(
      SELECT CTID FROM ${table} WHERE ${condition} ORDER BY PURGE_AFTER LIMIT ${limit} FOR UPDATE SKIP LOCKED)) AND ${condition}`,
  analyze: (table) => Prisma.sql`ANALYZE ${table}`,
  text: (value) => Prisma.sql`CAST(${value} AS VARCHAR)`,
  heap: heapPlaces,
  // A plan without an index then looks so dear that it would be compiled, which takes longer than the statement.
  forPurging: Prisma.sql`
    SELECT set_config('enable_seqscan', 'off', TRUE) AS PLANNED, set_config('jit', 'off', TRUE) AS COMPILED, set_config('synchronous_commit', 'off', TRUE) AS COMMITTED`,
  deleteRange,
  commits: Prisma.sql`SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS VARCHAR) AS BIGINT) AS VALUE`,
  deleting: undefined,
  replicationLag: Prisma.sql`SELECT CAST(MAX(EXTRACT(EPOCH FROM replay_lag)) AS DOUBLE PRECISION) AS LAG_SECONDS FROM pg_stat_replication`,
  revokeHit: (on, hit) => revokeHit(postgresqlDialect, on, hit),
  advanceGrants: (steps) => upsertGrants({ ...postgresqlDialect, stepRows }, steps),
}

const stepRows = (json: string): Prisma.Sql => Prisma.sql`
  json_to_recordset(CAST(${json} AS JSON)) AS STEP (PLACE BIGINT, ID VARCHAR, SPENT BIGINT, PRESENTED BIGINT, LIFETIME BIGINT, KEPT BIGINT, LEAP BIGINT)`
