import type { Seconds } from '../../../model/time.js'
import type { StoredTokenState } from '../../../stores/stored-token-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

/** A row that is about to leave. */
export interface LeavingRecord {
  readonly TOKEN_ID: string
  readonly TOKEN_STATE: StoredTokenState | null
  /** 1 or 0. */
  readonly IS_JWT: SqlInteger
  readonly ENDS: SqlInteger
  readonly TIME_NOW: SqlInteger
}

const endOf = ({ toSeconds }: Dialect): Prisma.Sql => Prisma.sql`${toSeconds(Prisma.sql`T.TIME_CREATED`)} + T.VALIDITY_PERIOD / 1000`

/** Locks the rows T that are meant, in the one order in which everybody does. */
export function lockTokens(dialect: Dialect, which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT T.TOKEN_ID, T.TOKEN_STATE, CASE WHEN T.ACCESS_TOKEN = T.TOKEN_ID THEN 1 ELSE 0 END AS IS_JWT, ${endOf(dialect)} AS ENDS, ${dialect.now} AS TIME_NOW
    FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${which} ORDER BY T.TOKEN_ID ${dialect.forUpdate}`
}

/** What has left ACTIVE and is still in the table. What WSO2 has left there is not meant: its states mean other things. */
export const deadTokens: Prisma.Sql = Prisma.sql`T.TOKEN_STATE <> 'ACTIVE' AND T.JETON_GRANT_ID IS NOT NULL`

/** Those whose time has run out, of access and refresh token; rows that somebody else works on are left for the next time. */
export function lockExpiredTokens(dialect: Dialect, limit: bigint): Prisma.Sql {
  return Prisma.sql`
    SELECT T.TOKEN_ID, T.TOKEN_STATE, 0 AS IS_JWT, 0 AS ENDS, 0 AS TIME_NOW
    FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.PURGE_AFTER < ${dialect.now} ORDER BY T.PURGE_AFTER LIMIT ${limit} ${dialect.forUpdateOfFree}`
}

/** The state of an ACTIVE row after it: a word, or one that depends on whether the access token's time was up. */
export type StateAfter = Exclude<StoredTokenState, 'ACTIVE'> | 'REVOKED or EXPIRED'

function stateAfter(dialect: Dialect, state: StateAfter): Prisma.Sql {
  if (state !== 'REVOKED or EXPIRED') return Prisma.sql`'${Prisma.raw(state)}'`
  return Prisma.sql`CASE WHEN ${endOf(dialect)} <= ${dialect.now} THEN 'EXPIRED' ELSE 'REVOKED' END`
}

const COPIED = Prisma.raw(
  [
    'TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE, GRANT_TYPE',
    'TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, SUBJECT_IDENTIFIER',
    'ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, IDP_ID, TOKEN_BINDING_REF, CONSENTED_TOKEN, AUTHORIZED_ORGANIZATION',
    'JETON_GRANT_ID, JETON_GENERATION, JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_AUDIENCE, JETON_GRANTED_SCOPE',
  ].join(', '),
)

const among = (ids: readonly string[]): Prisma.Sql => Prisma.sql`T.TOKEN_ID IN (${Prisma.join([...ids])})`
const ifActive = (then: Prisma.Sql, otherwise: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`CASE WHEN T.TOKEN_STATE = 'ACTIVE' THEN ${then} ELSE ${otherwise} END`

/** Copies every column that the rows have, with the state that they get. */
export function auditTokens(
  dialect: Dialect,
  ids: readonly string[],
  { state, retention }: { readonly state: StateAfter; readonly retention: Seconds },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (${COPIED}, TOKEN_STATE, TOKEN_STATE_ID, INVALIDATED_TIME, PURGE_AFTER)
    SELECT ${COPIED}, ${ifActive(stateAfter(dialect, state), Prisma.sql`T.TOKEN_STATE`)}, ${ifActive(dialect.newStateId, Prisma.sql`T.TOKEN_STATE_ID`)},
      ${dialect.toTimestamp(dialect.now)}, ${dialect.now} + ${dialect.integer(BigInt(retention))}
    FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${among(ids)}`
}

/** Their scopes go with them. `withRefreshToken` false: only those that have none. */
export function deleteTokens(ids: readonly string[], { withRefreshToken }: { readonly withRefreshToken: boolean }): Prisma.Sql {
  const which = withRefreshToken ? Prisma.empty : Prisma.sql`AND REFRESH_TOKEN_HASH IS NULL`
  return Prisma.sql`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID IN (${Prisma.join([...ids])}) ${which}`
}

export function markTokens(dialect: Dialect, ids: readonly string[], state: StateAfter): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH2_ACCESS_TOKEN AS T SET TOKEN_STATE = ${stateAfter(dialect, state)}, TOKEN_STATE_ID = ${dialect.newStateId}
    WHERE ${among(ids)} AND T.TOKEN_STATE = 'ACTIVE'`
}
