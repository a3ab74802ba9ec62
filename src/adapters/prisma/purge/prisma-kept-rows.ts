import { randomUUID } from 'node:crypto'
import type { KeptRows } from '../../../stores/kept-rows.js'
import type { DoomedRows, PurgeTarget } from '../../../stores/purge-target.js'
import { readRow, readValues, writeValues } from '../../../stores/row-json.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import type { InTransaction } from './purge-batch.js'
import { putBack } from './put-back.js'

/** How long rows are kept in the database, in seconds. */
const KEPT_FOR = 30 * 86_400

export function createPrismaKeptRows(session: DatabaseSession): KeptRows {
  return {
    databaseId: () =>
      session.transaction(async ({ execute, rows }) => {
        await execute(Prisma.sql`UPDATE JETON_HEAD SET DATABASE_ID = ${randomUUID()} WHERE ID = 1 AND DATABASE_ID IS NULL`)
        return firstRow(await rows<{ readonly DATABASE_ID: string }>(Prisma.sql`SELECT DATABASE_ID FROM JETON_HEAD WHERE ID = 1`)).DATABASE_ID
      }),
    newestRun: () =>
      session.run(async ({ rows }) => {
        const newest = Prisma.sql`SELECT RUN_ID FROM JETON_PURGE_BACKUP ORDER BY PURGE_AFTER DESC, RUN_ID LIMIT 1`
        return (await rows<{ readonly RUN_ID: string }>(newest))[0]?.RUN_ID ?? null
      }),
    list: (run, after, limit) =>
      session.run(async ({ rows }) => {
        const found = await rows<KeptRecord>(Prisma.sql`
          SELECT PLACE, ROW_TABLE, ROW_JSON FROM JETON_PURGE_BACKUP WHERE RUN_ID = ${run} AND PLACE > ${BigInt(after)} ORDER BY PLACE LIMIT ${BigInt(limit)}`)
        return found.map(({ PLACE, ROW_TABLE, ROW_JSON }) => ({
          place: integer(PLACE),
          row: { table: ROW_TABLE, values: readValues(JSON.parse(ROW_JSON)) },
        }))
      }),
    putBack: (table, rows, options) => putBack(session, table, rows, options),
  }
}

interface KeptRecord {
  readonly PLACE: SqlInteger
  readonly ROW_TABLE: string
  readonly ROW_JSON: string
}

/** What makes of targets the same ones, which keep what they delete in the backup table, in the same transaction, where a request wants that. */
export function createTableKeeping(): (targets: readonly PurgeTarget[]) => readonly PurgeTarget[] {
  /** By run: how many rows have been numbered. */
  const numbered = new Map<string, number>()
  const keeping = (target: PurgeTarget): PurgeTarget => ({
    ...target,
    deleteBatch(request) {
      const { keepInTable: run } = request
      if (run === undefined) return target.deleteBatch(request)
      let transaction: Runner | undefined
      const inTransaction: InTransaction = {
        begin: (begun) => {
          transaction = begun
        },
      }
      async function keep(rows: readonly DoomedRows[]): Promise<void> {
        if (run === undefined || transaction === undefined) throw new Error('rows are kept in the transaction that deletes them')
        const records = rows.flatMap(recordsOf)
        const after = numbered.get(run) ?? 0
        numbered.set(run, after + records.length)
        await insertKept(transaction, records, { run, after })
        await request.keep?.(rows)
      }
      return target.deleteBatch({ ...request, ...inTransaction, keep })
    },
  })
  return (targets) => targets.map(keeping)
}

interface KeptPlace {
  readonly run: string
  /** The number of the row before. */
  readonly after: number
}

interface KeptText {
  readonly table: string
  readonly json: string
}

/** Here each row says itself which columns it has. */
const recordsOf = ({ table, columns, lines }: DoomedRows): readonly KeptText[] =>
  lines.map((line) => ({ table, json: writeValues(readRow(columns, JSON.parse(line))) }))

async function insertKept({ dialect, execute }: Runner, rows: readonly KeptText[], { run, after }: KeptPlace): Promise<void> {
  let place = after
  for (const chunk of inChunks(rows)) {
    const values = chunk.map(({ table, json }) => {
      place += 1
      return Prisma.sql`(${run}, ${BigInt(place)}, ${table}, ${json}, ${dialect.now}, ${dialect.now} + ${Prisma.raw(String(KEPT_FOR))})`
    })
    await execute(Prisma.sql`INSERT INTO JETON_PURGE_BACKUP (RUN_ID, PLACE, ROW_TABLE, ROW_JSON, KEPT_AT, PURGE_AFTER) VALUES ${Prisma.join(values)}`)
  }
}
