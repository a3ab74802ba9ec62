import type { BatchRequest } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { keepRows } from './keep-rows.js'
import type { PresentTables } from './present-tables.js'

const TOKENS = 'IDN_OAUTH2_ACCESS_TOKEN'

/** Rows that belong to a token by its TOKEN_ID, and go with it. */
export const BESIDE_TOKENS = ['IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_TOKEN_BINDING', 'IDN_OAUTH2_ACCESS_TOKEN_EXTENDED'] as const
/** Made by Jeton's own migrations: where the database was opened before the first of them, it could not be seen yet. */
export const isMadeHere = (table: string): boolean => table === 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE'

/** Those of them that this database has. */
export function tablesBesideTokens(present: PresentTables): readonly string[] {
  return BESIDE_TOKENS.filter((table) => isMadeHere(table) || present.get(table)?.has('TOKEN_ID'))
}

const among = ({ dialect }: Runner, ids: readonly string[]): Prisma.Sql => dialect.isOneOf(Prisma.raw('TOKEN_ID'), ids)

/** Of locked rows: everything that is about to go with them, the tokens first. */
export async function keepTokens(
  transaction: Runner,
  ids: readonly string[],
  { keep, beside }: { readonly keep: BatchRequest['keep']; readonly beside: readonly string[] },
): Promise<void> {
  if (keep === undefined) return
  for (const chunk of inChunks(ids)) {
    for (const table of [TOKENS, ...beside]) await keepRows(transaction, keep, { table, which: among(transaction, chunk) })
  }
}

/** Locked rows, and what is beside them: not by cascades, which older schemas do not have everywhere. */
export async function deleteWithTokens(transaction: Runner, ids: readonly string[], beside: readonly string[]): Promise<void> {
  for (const chunk of inChunks(ids)) {
    for (const table of beside) await transaction.execute(Prisma.sql`DELETE FROM ${Prisma.raw(table)} WHERE ${among(transaction, chunk)}`)
    await transaction.execute(transaction.dialect.deleteByKey({ table: TOKENS, column: 'TOKEN_ID', keys: chunk, isPrimary: true }))
  }
}
