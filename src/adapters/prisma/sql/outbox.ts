import { clientId, userId } from '../../../model/ids.js'
import type { Lease } from '../../../stores/lease-store.js'
import type { LoggedRevocation, LogRange, OutboxPosition } from '../../../stores/outbox-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import { instant, integer, type SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'
import { type RevocationRecord, toRevocationEntry } from './revocations.js'

export interface OutboxRecord {
  readonly SEQ: SqlInteger
  readonly LATE: string
}

export function toOutboxPosition({ SEQ, LATE }: OutboxRecord): OutboxPosition {
  return { seq: integer(SEQ), late: LATE === '' ? [] : LATE.split(',').map(Number) }
}

export function findOutbox(name: string): Prisma.Sql {
  return Prisma.sql`SELECT SEQ, LATE FROM JETON_OUTBOX WHERE NAME = ${name}`
}

export function moveOutbox({ name, fence }: Lease, { seq, late }: OutboxPosition): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_OUTBOX SET SEQ = ${BigInt(seq)}, LATE = ${late.join(',')}, FENCE = ${BigInt(fence)}
    WHERE NAME = ${name} AND FENCE <= ${BigInt(fence)}`
}

/** A row to be moved, where there is none. */
export function beginOutbox({ unlessTaken }: Dialect, name: string): Prisma.Sql {
  return Prisma.sql`INSERT INTO JETON_OUTBOX (NAME, SEQ, LATE, FENCE) VALUES (${name}, 0, '', 0) ${unlessTaken(Prisma.sql`NAME`)}`
}

export interface LogLineRecord extends RevocationRecord {
  readonly CREATED_AT: SqlInteger
  readonly CLIENT_ID: string | null
  readonly USER_ID: string | null
}

export function toLoggedRevocation(record: LogLineRecord): LoggedRevocation {
  const { CREATED_AT, CLIENT_ID, USER_ID } = record
  return {
    entry: toRevocationEntry(record),
    createdAt: instant(CREATED_AT),
    owner: CLIENT_ID === null ? undefined : { clientId: clientId(CLIENT_ID), userId: USER_ID === null ? undefined : userId(USER_ID) },
  }
}

const LINES = Prisma.sql`SELECT SEQ, KIND, ID, CUTOFF, EXPIRES, CREATED_AT, CLIENT_ID, USER_ID FROM JETON_REVOCATION`

export function linesSince({ seq, limit, kind }: LogRange): Prisma.Sql {
  const ofKind = kind === undefined ? Prisma.empty : Prisma.sql`AND KIND = ${kind}`
  return Prisma.sql`${LINES} WHERE SEQ > ${BigInt(seq)} ${ofKind} ORDER BY SEQ LIMIT ${BigInt(limit)}`
}

export function linesAt(places: readonly number[]): Prisma.Sql {
  return Prisma.sql`${LINES} WHERE SEQ IN (${Prisma.join(places.map(BigInt))}) ORDER BY SEQ`
}
