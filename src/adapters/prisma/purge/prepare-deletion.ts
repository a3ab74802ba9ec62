import type { RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { deleteAtOnce } from './delete-at-once.js'
import { deleteLocked } from './delete-locked.js'
import { deleteTelling } from './delete-telling.js'
import { describeRows, readColumns } from './keep-rows.js'
import { databaseMs } from './purge-batch.js'
import { referringTables } from './referring-tables.js'
import type { DescribedDeletion, Removed, WalkedDeletion } from './walked-deletion.js'
import type { WalkedTable } from './walked-table.js'

/** The rows of a range that may go, and what belongs to them. What somebody else works on is left for the next time. */
export interface PreparedDeletion {
  /** When another batch may delete what follows: `now`, `in turn` after this one has deleted its rows, or when it says so itself. */
  readonly next: 'now' | 'in turn' | 'told'
  /** @throws Disturbed where others were met: then only `removeByKeys` does it, in another transaction */
  remove(transaction: Runner): Promise<Removed>
  removeByKeys(transaction: Runner): Promise<Removed>
}

/** Asks what it takes, before there is a transaction. */
export async function prepareDeletion(database: Runner, walked: WalkedTable, deletion: WalkedDeletion): Promise<PreparedDeletion> {
  const { dialect } = database
  const isTold = deletion.request.keep !== undefined
  const tables = [walked.table, ...walked.related.map(({ table }) => table)]
  const columns = isTold || dialect.deleteRange === undefined ? await readColumns(database, tables) : undefined
  const texts = isTold ? describeRows(dialect, tables, columns) : undefined
  const described: DescribedDeletion = { ...deletion, texts, columns: columns ?? [] }
  const removeByKeys = timed((transaction) => deleteLocked(transaction, walked, described))
  // One by one where a column is of a type that only the client can read.
  if (isTold && texts === undefined) return { next: 'told', remove: removeByKeys, removeByKeys }
  if (dialect.deleteRange !== undefined)
    return { next: 'now', remove: timed((transaction) => deleteAtOnce(transaction, walked, described)), removeByKeys }
  const referring = isJudgedByKey(walked, deletion) && dialect.deleting && (await referringTables(database, walked, described.columns))
  if (!referring) return { next: 'told', remove: removeByKeys, removeByKeys }
  return { next: 'in turn', remove: (transaction) => deleteTelling(transaction, walked, { ...described, referring }), removeByKeys }
}

const timed =
  (remove: (transaction: Runner) => Promise<RowsByReason>): PreparedDeletion['remove'] =>
  async (transaction) => ({ beganMs: await databaseMs(transaction), deleted: await remove(transaction) })

/** Whether rows, and what belongs to them, can be told by their keys from those that stay. */
const isJudgedByKey = ({ isJudgedAlone, key, link }: WalkedTable, { walk }: WalkedDeletion): boolean =>
  isJudgedAlone && walk.column === key && link === key
