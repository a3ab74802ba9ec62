import type { PurgeReport } from '../../../stores/purge-runs.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export type PurgeRunRecord = { readonly TARGET: string; readonly BY_REASON: string } & Readonly<
  Record<'ENDED_AT' | 'DELETED' | 'BATCHES' | 'MILLISECONDS' | 'REMAINING', SqlInteger>
>

const COLUMNS = ['ENDED_AT', 'DELETED', 'BATCHES', 'MILLISECONDS', 'REMAINING', 'BY_REASON'].map((column) => Prisma.raw(column))

/** In REMAINING. */
export const UNKNOWN = -1

export function recordPurgeRun({ now, onTaken, offered }: Dialect, report: PurgeReport): Prisma.Sql {
  const { target, deleted, byReason, batches, seconds, remaining } = report
  const figures = [deleted, batches, Math.round(seconds * 1000), remaining ?? UNKNOWN].map((figure) => Prisma.sql`${BigInt(figure)}`)
  const assignments = Prisma.join(COLUMNS.map((column) => Prisma.sql`${column} = ${offered(column)}`))
  return Prisma.sql`
    INSERT INTO JETON_PURGE_RUN (TARGET, ${Prisma.join(COLUMNS)}) VALUES (${target}, ${now}, ${Prisma.join(figures)}, ${JSON.stringify(byReason)})
    ${onTaken(Prisma.sql`TARGET`, assignments)}`
}

export function listPurgeRuns(): Prisma.Sql {
  return Prisma.sql`SELECT TARGET, ${Prisma.join(COLUMNS)} FROM JETON_PURGE_RUN ORDER BY TARGET`
}
