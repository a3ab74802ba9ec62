import type { Seconds } from '../../../model/time.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'

/** When rows of WSO2's may go, in milliseconds since 1970 and of length; `now` is the database's, read before the rows are. */
export interface PurgeMoment {
  readonly nowMs: bigint
  readonly safePeriodMs: bigint
  /** How long an INACTIVE row stays whose refresh token never ends: it is all that tells of a replay. */
  readonly replayMemoryMs: bigint
}

export interface PurgePatience {
  readonly safePeriod: Seconds
  readonly replayMemory: Seconds
}

/** From here on WSO2 means a validity that never ends, as with every negative one. */
const NEVER = Prisma.raw('99999999999990')

interface Half {
  readonly since: Prisma.Sql
  readonly validity: Prisma.Sql
}

const ACCESS: Half = { since: Prisma.sql`TIME_CREATED`, validity: Prisma.sql`VALIDITY_PERIOD` }
/** Without a refresh token its validity says nothing. */
const REFRESH: Half = {
  since: Prisma.sql`REFRESH_TOKEN_TIME_CREATED`,
  validity: Prisma.sql`CASE WHEN REFRESH_TOKEN IS NULL AND REFRESH_TOKEN_HASH IS NULL THEN 0 ELSE REFRESH_TOKEN_VALIDITY_PERIOD END`,
}

/** Nothing is added to the validity, which may be the greatest number that there is. */
function isOver({ toMs, integer }: Dialect, { since, validity }: Half, { nowMs, marginMs }: { readonly nowMs: bigint; readonly marginMs: bigint }) {
  return Prisma.sql`(${validity} >= 0 AND ${validity} < ${NEVER} AND ${validity} < ${integer(nowMs - marginMs)} - ${toMs(since)})`
}

const neverEnds = ({ validity }: Half): Prisma.Sql => Prisma.sql`(COALESCE(${validity}, -1) < 0 OR ${validity} >= ${NEVER})`

/**
 * Rows that WSO2 wrote, and that no refresh here has made Jeton's. So written that no index seems to find them: that would be nearly the
 * whole table, where the primary key gives the few that are asked for.
 */
export const isWso2Token: Prisma.Sql = Prisma.sql`COALESCE(PURGE_AFTER, -1) = -1 AND COALESCE(JETON_GRANT_ID, '') = ''`

/** Why a token of WSO2's may go; NULL: it stays. */
export function reasonOfWso2Token(dialect: Dialect, { nowMs, safePeriodMs, replayMemoryMs }: PurgeMoment): Prisma.Sql {
  const { exact, greatest, toMs, integer } = dialect
  const over = (half: Half, marginMs: bigint): Prisma.Sql => isOver(dialect, half, { nowMs, marginMs })
  const newest = greatest(toMs(ACCESS.since), toMs(REFRESH.since))
  return Prisma.sql`CASE ${exact(Prisma.sql`TOKEN_STATE`)}
    WHEN 'REVOKED' THEN 'revoked'
    WHEN 'INACTIVE' THEN CASE
      WHEN ${over(REFRESH, 0n)} THEN 'inactive'
      WHEN ${neverEnds(REFRESH)} AND ${newest} < ${integer(nowMs - replayMemoryMs)} THEN 'inactive' END
    WHEN 'ACTIVE' THEN CASE WHEN ${over(ACCESS, safePeriodMs)} AND ${over(REFRESH, safePeriodMs)} THEN 'expired' END
    WHEN 'EXPIRED' THEN CASE WHEN ${over(ACCESS, safePeriodMs)} AND ${over(REFRESH, safePeriodMs)} THEN 'expired' END END`
}

/** Why an authorization code may go. One that is presented again has to find what it was exchanged for (RFC 6749 §4.1.2). */
export function reasonOfCode(dialect: Dialect, moment: PurgeMoment): Prisma.Sql {
  const { exact, integer } = dialect
  const code: Half = { since: Prisma.sql`TIME_CREATED`, validity: Prisma.sql`VALIDITY_PERIOD` }
  const tokenStays = Prisma.sql`CASE WHEN ${isWso2Token}
    THEN CASE WHEN ${reasonOfWso2Token(dialect, moment)} IS NULL THEN 1 ELSE 0 END
    ELSE CASE WHEN PURGE_AFTER < ${integer(moment.nowMs / 1000n)} THEN 0 ELSE 1 END END`
  const hasToken = Prisma.sql`EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = IDN_OAUTH2_AUTHORIZATION_CODE.TOKEN_ID AND ${tokenStays} = 1)`
  const over = isOver(dialect, code, { nowMs: moment.nowMs, marginMs: moment.safePeriodMs })
  return Prisma.sql`CASE
    WHEN STATE IS NULL THEN NULL
    WHEN ${exact(Prisma.sql`STATE`)} <> 'ACTIVE' THEN CASE WHEN ${hasToken} THEN NULL ELSE 'inactive' END
    WHEN ${over} THEN CASE WHEN ${hasToken} THEN NULL ELSE 'expired' END END`
}

/** Why a code of the device flow may go. */
export function reasonOfDeviceCode({ exact, toMs, integer }: Dialect, { nowMs, safePeriodMs }: PurgeMoment): Prisma.Sql {
  return Prisma.sql`CASE
    WHEN ${exact(Prisma.sql`STATUS`)} = 'EXPIRED' OR ${toMs(Prisma.sql`EXPIRY_TIME`)} < ${integer(nowMs - safePeriodMs)} THEN 'expired' END`
}

/** Why a request of a backchannel authentication may go. EXPIRES_IN counts seconds. */
export function reasonOfCibaCode({ exact, toMs, integer }: Dialect, { nowMs, safePeriodMs }: PurgeMoment): Prisma.Sql {
  return Prisma.sql`CASE
    WHEN ${exact(Prisma.sql`AUTH_REQ_STATUS`)} IN ('TOKEN_ISSUED', 'FAILED') THEN 'inactive'
    WHEN ${exact(Prisma.sql`AUTH_REQ_STATUS`)} = 'EXPIRED' THEN 'expired'
    WHEN EXPIRES_IN > 0 AND EXPIRES_IN * ${integer(1000n)} < ${integer(nowMs - safePeriodMs)} - ${toMs(Prisma.sql`ISSUED_TIME`)} THEN 'expired' END`
}

/** Why a pushed authorization request may go. */
export function reasonOfPushedRequest({ integer }: Dialect, { nowMs, safePeriodMs }: PurgeMoment): Prisma.Sql {
  return Prisma.sql`CASE WHEN SCHEDULED_EXPIRY < ${integer(nowMs - safePeriodMs)} THEN 'expired' END`
}
