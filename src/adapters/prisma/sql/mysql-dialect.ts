import { purgeLeap } from '../../../model/grant.js'
import type { GrantId } from '../../../model/ids.js'
import type { GrantAdvance } from '../../../stores/grant-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import { utcText } from '../utc-text.js'
import { bracketed } from './bracketed.js'
import type { Dialect, RowChange } from './dialect.js'
import { GRANT_COLUMNS, whereGrantIs } from './find-grant.js'
import { mysqlByKeys } from './rows-by-key.js'

/** MySQL 8 and MariaDB: what both of them know. The session's time zone is UTC (see the engine). */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  locksRows: true,
  now: Prisma.sql`UNIX_TIMESTAMP()`,
  nowMs: Prisma.sql`CAST(FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) AS SIGNED)`,
  // With a column in it, since UUID() alone may be taken for the same in every row.
  newStateId: Prisma.sql`MD5(CONCAT(TOKEN_ID, UUID()))`,
  insertionOrder: Prisma.sql`T.JETON_ORDER`,
  lockHead: Prisma.sql`SELECT ID FROM JETON_HEAD WHERE ID = 1 FOR UPDATE`,
  integer: (value) => Prisma.sql`${value}`,
  greatest: (one, other) => Prisma.sql`GREATEST(${one}, ${other})`,
  toSeconds: (timestamp) => Prisma.sql`UNIX_TIMESTAMP(${timestamp})`,
  toTimestamp: (seconds) => Prisma.sql`FROM_UNIXTIME(${seconds})`,
  toMs: (timestamp) => Prisma.sql`CAST(FLOOR(UNIX_TIMESTAMP(${timestamp}) * 1000) AS SIGNED)`,
  exact: (text) => Prisma.sql`CAST(${text} AS BINARY)`,
  joined: (column) => Prisma.sql`GROUP_CONCAT(${column} SEPARATOR ' ')`,
  // COALESCE hides the columns: MariaDB would think of every index that begins with one of them for longer than the rest takes.
  isAmong: (columns, rows) => Prisma.sql`(${Prisma.raw(columns.map((column) => `COALESCE(${column})`).join(', '))}) IN (${bracketed(rows)})`,
  // Not a table made of JSON: where the column has another character set, MariaDB would look at every row.
  isOneOf: (column, texts) => Prisma.sql`${column} IN (${Prisma.join([...texts])})`,
  ...mysqlByKeys,
  onTaken: (_key, assignments) => Prisma.sql`ON DUPLICATE KEY UPDATE ${assignments}`,
  // Not INSERT IGNORE: it hides other errors, and locks the row in a way that two of them can wait for each other.
  unlessTaken: (key) => Prisma.sql`ON DUPLICATE KEY UPDATE ${key} = ${key}`,
  unlessAnyTaken: (column) => Prisma.sql`ON DUPLICATE KEY UPDATE ${column} = ${column}`,
  timestamp: (value) => Prisma.sql`${utcText(value)}`,
  forUpdate: Prisma.sql`FOR UPDATE`,
  forUpdateOfFree: Prisma.sql`FOR UPDATE SKIP LOCKED`,
  // Counted as two rows. A change that leaves all as it was would be counted as one, as an insertion is.
  unlessTokenIsThere: Prisma.sql`ON DUPLICATE KEY UPDATE JETON_ORDER = IDN_OAUTH2_ACCESS_TOKEN.JETON_ORDER + 1`,
  offered: (column) => Prisma.sql`VALUES(${column})`,
  deleteOldest: (table, condition, limit) => Prisma.sql`DELETE FROM ${table} WHERE ${condition} ORDER BY PURGE_AFTER LIMIT ${limit}`,
  analyze: (table) => Prisma.sql`ANALYZE TABLE ${table}`,
  text: (value) => value,
  heap: undefined,
  forPurging: undefined,
  // A statement that deletes passes nothing over that is locked.
  deleteRange: undefined,
  // The one form that MySQL and MariaDB share.
  commits: Prisma.sql`SHOW GLOBAL STATUS LIKE 'Com_commit'`,
  deleting: undefined,
  replicationLag: undefined,
  // MariaDB would look at every stored token for the sake of an IN.
  revokeHit: (on, hit) => Prisma.sql`
    UPDATE JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON ${on}
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = ${mysqlDialect.newStateId} WHERE ${hit}`,
  advanceGrants: (steps) => steps.map(advanceGrant),
}

function advanceGrant(step: GrantAdvance): RowChange {
  const { grantId, from } = step
  return {
    ...(from === 0 ? { before: firstRow(grantId) } : {}),
    write: updateGrant(step),
    columns: GRANT_COLUMNS,
    row: whereGrantIs(grantId),
  }
}

/** What the absence of a row means, as a row; in the transaction of the update that follows, so that nobody else sees it. */
function firstRow(id: GrantId): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO JETON_GRANT (GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER) VALUES (${id}, 0, 0, 0, 0, NULL, 0)
    ON DUPLICATE KEY UPDATE GRANT_ID = GRANT_ID`
}

function updateGrant({ grantId, from, presentedExpiresAt, lifetime, keepAfterExpiry }: GrantAdvance): Prisma.Sql {
  const presented = Prisma.sql`${BigInt(presentedExpiresAt)}`
  const expiresAt = lifetime === undefined ? presented : Prisma.sql`UNIX_TIMESTAMP() + ${BigInt(lifetime)}`
  const needed = Prisma.sql`GREATEST(${presented}, ${expiresAt}) + ${BigInt(keepAfterExpiry)}`
  return Prisma.sql`
    UPDATE JETON_GRANT SET
      GENERATION = ${BigInt(from + 1)}, ROTATED_AT = UNIX_TIMESTAMP(), GRACE_USES = 0, EXPIRES_AT = ${expiresAt},
      PURGE_AFTER = CASE WHEN PURGE_AFTER >= ${needed} THEN PURGE_AFTER ELSE ${needed} + ${BigInt(purgeLeap(lifetime))} END
    WHERE GRANT_ID = ${grantId} AND GENERATION = ${BigInt(from)} AND REVOKED_AT IS NULL`
}
