import type { GrantId } from '../../../model/ids.js'
import type { RevocationEntry, RevocationKind, RevokedOwner } from '../../../model/revocation-entry.js'
import type { EpochSeconds } from '../../../model/time.js'
import { type BatchLink, type ChainedEntry, chainEntry } from '../../../verification/log-chain.js'
import { Prisma } from '../generated/sqlite/client.js'
import { instant, integer, optionalInstant, type SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export interface RevocationRecord {
  readonly SEQ: SqlInteger
  readonly KIND: RevocationKind
  readonly ID: string
  readonly CUTOFF: SqlInteger | null
  readonly EXPIRES: SqlInteger
  readonly CLIENT_ID: string | null
}

export function toRevocationEntry(record: RevocationRecord): RevocationEntry {
  return {
    seq: integer(record.SEQ),
    kind: record.KIND,
    id: record.ID,
    cutoff: optionalInstant(record.CUTOFF),
    expires: instant(record.EXPIRES),
    ...(record.CLIENT_ID !== null && { client: record.CLIENT_ID }),
  }
}

export function revocationsSince(seq: number, limit: number): Prisma.Sql {
  return Prisma.sql`SELECT SEQ, KIND, ID, CUTOFF, EXPIRES, CLIENT_ID FROM JETON_REVOCATION WHERE SEQ > ${BigInt(seq)} ORDER BY SEQ LIMIT ${BigInt(limit)}`
}

export interface ChainedRecord extends RevocationRecord {
  readonly CHAIN: string | null
}

export function toChainedEntry(record: ChainedRecord): ChainedEntry {
  return { entry: toRevocationEntry(record), chain: record.CHAIN ?? undefined }
}

const CHAINED = Prisma.sql`SELECT SEQ, KIND, ID, CUTOFF, EXPIRES, CLIENT_ID, CHAIN FROM JETON_REVOCATION`

/** None where it has been trimmed. */
export function chainedAt(seq: number): Prisma.Sql {
  return Prisma.sql`${CHAINED} WHERE SEQ = ${BigInt(seq)}`
}

/** The newest first. */
export function newestChained(limit: number): Prisma.Sql {
  return Prisma.sql`${CHAINED} ORDER BY SEQ DESC LIMIT ${BigInt(limit)}`
}

/** What the log and the registers say about those that are to be cut off. STATE is NULL where there is no such user or client. */
export interface CutOffStanding {
  readonly KIND: RevocationKind
  readonly ID: string
  readonly GREATEST: SqlInteger | null
  readonly NEWEST: SqlInteger | null
  readonly NEWEST_CUTOFF: SqlInteger | null
  readonly STATE: string | null
}

/** `+ 0`: else the greatest one is sought at the end of another index, and all entries of the kind may lie before it. */
export function cutOffStandings(targets: readonly { readonly kind: RevocationKind; readonly id: string }[]): Prisma.Sql {
  return Prisma.sql`
    WITH TARGET (KIND, ID) AS (${Prisma.join(
      targets.map(({ kind, id }) => Prisma.sql`SELECT ${kind}, ${id}`),
      ' UNION ALL ',
    )}),
    STANDING AS (
      SELECT KIND, ID,
        (SELECT MAX(R.CUTOFF + 0) FROM JETON_REVOCATION R WHERE R.KIND = TARGET.KIND AND R.ID = TARGET.ID) AS GREATEST,
        (SELECT MAX(R.SEQ + 0) FROM JETON_REVOCATION R WHERE R.KIND = TARGET.KIND AND R.ID = TARGET.ID) AS NEWEST,
        CASE KIND
          WHEN 'client' THEN (SELECT C.APP_STATE FROM IDN_OAUTH_CONSUMER_APPS C WHERE C.CONSUMER_KEY = TARGET.ID)
          WHEN 'subject' THEN (SELECT U.STATE FROM JETON_USER U WHERE U.USER_ID = TARGET.ID)
        END AS STATE
      FROM TARGET)
    SELECT S.KIND, S.ID, S.GREATEST, S.NEWEST, R.CUTOFF AS NEWEST_CUTOFF, S.STATE
    FROM STANDING S LEFT JOIN JETON_REVOCATION R ON R.SEQ = S.NEWEST`
}

export interface GreatestCutOff {
  readonly KIND: RevocationKind
  readonly GREATEST: SqlInteger | null
}

/** One row for each kind that has cut-offs, each by the end of an index. */
export function greatestCutOffs(): Prisma.Sql {
  const greatest = (kind: RevocationKind) =>
    Prisma.sql`SELECT ${kind} AS KIND, (SELECT MAX(CUTOFF) FROM JETON_REVOCATION WHERE KIND = ${kind}) AS GREATEST`
  return Prisma.sql`${greatest('subject')} UNION ALL ${greatest('client')} UNION ALL ${greatest('all')}`
}

/** An entry, and whose it is where that is known. */
export interface LogRow {
  readonly entry: RevocationEntry
  readonly owner?: RevokedOwner | undefined
}

/** What holds for all rows of a batch. */
export interface LogBatch extends BatchLink {
  readonly now: EpochSeconds
}

export function insertRevocations(lines: readonly LogRow[], batch: LogBatch): Prisma.Sql {
  const now = BigInt(batch.now)
  const rows = lines.map(({ entry, owner }) => {
    const end = BigInt(entry.expires)
    const what = Prisma.sql`${BigInt(entry.seq)}, ${entry.kind}, ${entry.id}, ${entry.cutoff === undefined ? null : BigInt(entry.cutoff)}`
    const whose = Prisma.sql`${owner?.clientId ?? null}, ${owner?.userId ?? null}`
    return Prisma.sql`(${what}, ${end}, ${now}, ${end}, ${whose}, ${chainEntry(entry, batch)})`
  })
  return Prisma.sql`
    INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, CUTOFF, EXPIRES, CREATED_AT, PURGE_AFTER, CLIENT_ID, USER_ID, CHAIN) VALUES ${Prisma.join(rows)}`
}

/** Where a grant has no row it gets one that never moves: nothing could advance it, and a later refresh finds it revoked. */
export function revokeGrants({ now, greatest, onTaken, offered }: Dialect, ids: readonly GrantId[], purgeAfter: EpochSeconds): Prisma.Sql {
  const end = BigInt(purgeAfter)
  const rows = ids.map((id) => Prisma.sql`(${id}, 0, ${now}, 0, ${end}, ${now}, ${end})`)
  const assignments = Prisma.sql`
    REVOKED_AT = COALESCE(JETON_GRANT.REVOKED_AT, ${offered(Prisma.sql`REVOKED_AT`)}),
    PURGE_AFTER = ${greatest(Prisma.sql`JETON_GRANT.PURGE_AFTER`, offered(Prisma.sql`PURGE_AFTER`))}`
  return Prisma.sql`
    INSERT INTO JETON_GRANT (GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER)
    VALUES ${Prisma.join(rows)}
    ${onTaken(Prisma.sql`GRANT_ID`, assignments)}`
}
