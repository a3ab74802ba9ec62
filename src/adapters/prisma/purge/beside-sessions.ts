import type { BatchRequest } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { columnsOf, deleteRows, type KeyedTable, type RowKey } from './keyed-rows.js'

/** What WSO2 stores about a session beside its rows. No foreign key ties them. */
export const BESIDE_SESSIONS: readonly KeyedTable[] = [
  { table: 'IDN_AUTH_USER_SESSION_MAPPING', key: ['SESSION_ID', 'USER_ID'] },
  { table: 'IDN_AUTH_SESSION_APP_INFO', key: ['SESSION_ID', 'SUBJECT', 'APP_ID', 'INBOUND_AUTH_TYPE'] },
  { table: 'IDN_AUTH_SESSION_META_DATA', key: ['SESSION_ID', 'PROPERTY_TYPE', 'VALUE'] },
  { table: 'IDN_FED_AUTH_SESSION_MAPPING', key: ['SESSION_ID', 'IDP_SESSION_ID'] },
]

interface BesideRows {
  readonly table: KeyedTable
  readonly rows: readonly RowKey[]
}

/**
 * What stands beside sessions of which no row is left. It is read before that is asked: a session that is stored meanwhile has its row
 * before it has anything beside it.
 */
export async function findLeftBeside(database: Runner, ids: readonly string[]): Promise<readonly BesideRows[]> {
  const ended = without(ids, await findStored(database, ids))
  const found: { readonly table: KeyedTable; readonly rows: RowKey[] }[] = []
  for (const table of BESIDE_SESSIONS) {
    const rows: RowKey[] = []
    for (const chunk of inChunks(ended)) {
      rows.push(...(await database.rows<RowKey>(Prisma.sql`SELECT ${columnsOf(table)} FROM ${Prisma.raw(table.table)} WHERE ${isOf(chunk)}`)))
    }
    found.push({ table, rows })
  }
  const alive = await findStored(database, ended)
  return found.map(({ table, rows }) => ({ table, rows: rows.filter((row) => !alive.has(sameId(row.SESSION_ID))) }))
}

/** @returns how many rows went */
export async function deleteBeside(transaction: Runner, beside: readonly BesideRows[], keep: BatchRequest['keep']): Promise<number> {
  let deleted = 0
  for (const { table, rows } of beside) deleted += await deleteRows(transaction, table, rows, keep)
  return deleted
}

/** The ids of which the session store has a row. */
async function findStored({ rows }: Runner, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const stored = new Set<string>()
  for (const chunk of inChunks(ids)) {
    const found = await rows<{ readonly SESSION_ID: string }>(Prisma.sql`SELECT DISTINCT SESSION_ID FROM IDN_AUTH_SESSION_STORE WHERE ${isOf(chunk)}`)
    for (const { SESSION_ID } of found) stored.add(sameId(SESSION_ID))
  }
  return stored
}

const without = (ids: readonly string[], alive: ReadonlySet<string>): readonly string[] => ids.filter((id) => !alive.has(sameId(id)))

const isOf = (ids: readonly string[]): Prisma.Sql => Prisma.sql`SESSION_ID IN (${Prisma.join([...ids])})`

/** WSO2's tables may compare ids without regard to case and spaces at the end. */
const sameId = (id: unknown): string => String(id).trimEnd().toLowerCase()
