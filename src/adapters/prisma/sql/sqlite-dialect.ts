import { Prisma } from '../generated/sqlite/client.js'
import { utcText } from '../utc-text.js'
import { upsertGrants } from './advance-grant.js'
import { bracketed } from './bracketed.js'
import type { Dialect } from './dialect.js'
import { revokeHit } from './revoke-hit.js'
import { byKeys } from './rows-by-key.js'

const isOneOf: Dialect['isOneOf'] = (column, texts) => Prisma.sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(texts)}))`

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  locksRows: false,
  now: Prisma.sql`unixepoch()`,
  nowMs: Prisma.sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
  newStateId: Prisma.sql`lower(hex(randomblob(16)))`,
  insertionOrder: Prisma.sql`T.ROWID`,
  // A transaction has the only write lock from its beginning.
  lockHead: undefined,
  integer: (value) => Prisma.sql`${value}`,
  greatest: (one, other) => Prisma.sql`MAX(${one}, ${other})`,
  toSeconds: (timestamp) => Prisma.sql`unixepoch(${timestamp})`,
  toTimestamp: (seconds) => Prisma.sql`datetime(${seconds}, 'unixepoch')`,
  toMs: (timestamp) => Prisma.sql`CAST(ROUND(unixepoch(${timestamp}, 'subsec') * 1000) AS INTEGER)`,
  exact: (text) => text,
  joined: (column) => Prisma.sql`group_concat(${column}, ' ')`,
  isAmong: (columns, rows) => Prisma.sql`(${Prisma.raw(columns.join(', '))}) IN (VALUES ${bracketed(rows)})`,
  isOneOf,
  ...byKeys(isOneOf),
  onTaken: (key, assignments) => Prisma.sql`ON CONFLICT (${key}) DO UPDATE SET ${assignments}`,
  unlessTaken: (key) => Prisma.sql`ON CONFLICT (${key}) DO NOTHING`,
  unlessAnyTaken: () => Prisma.sql`ON CONFLICT DO NOTHING`,
  timestamp: (value) => Prisma.sql`${utcText(value).replace('.000', '')}`,
  forUpdate: Prisma.empty,
  forUpdateOfFree: Prisma.empty,
  unlessTokenIsThere: Prisma.sql`ON CONFLICT DO NOTHING`,
  offered: (column) => Prisma.sql`excluded.${column}`,
  deleteOldest: (table, condition, limit) => Prisma.sql`
    DELETE FROM ${table} WHERE ROWID IN (SELECT ROWID FROM ${table} WHERE ${condition} ORDER BY PURGE_AFTER LIMIT ${limit})`,
  analyze: (table) => Prisma.sql`ANALYZE ${table}`,
  forPurging: undefined,
  deleteRange: undefined,
  text: (value) => value,
  heap: undefined,
  commits: undefined,
  deleting: undefined,
  replicationLag: undefined,
  revokeHit: (on, hit) => revokeHit(sqliteDialect, on, hit),
  advanceGrants: (steps) => upsertGrants({ ...sqliteDialect, stepRows }, steps),
}

const stepRows = (json: string): Prisma.Sql => Prisma.sql`
  (SELECT value ->> 'place' AS PLACE, value ->> 'id' AS ID, value ->> 'spent' AS SPENT, value ->> 'presented' AS PRESENTED,
    value ->> 'lifetime' AS LIFETIME, value ->> 'kept' AS KEPT, value ->> 'leap' AS LEAP FROM json_each(${json})) AS STEP`
