import type { Runner } from '../database-session.js'
import { inChunks } from '../in-chunks.js'
import { keyTypeOf, type RowsByKey } from '../sql/rows-by-key.js'
import type { Selected } from './keep-rows.js'
import type { DescribedDeletion } from './walked-deletion.js'
import type { WalkedTable } from './walked-table.js'

/** In the order of their keys. */
export interface LockedRow {
  readonly A_KEY: string
  readonly A_LINK?: string | null
  readonly REASON: string
  readonly A_ROW?: string | null
}

export interface LockedDeletion extends DescribedDeletion {
  /** One at least. */
  readonly locked: readonly LockedRow[]
}

/** How rows that this transaction has locked, and what belongs to them, are found again. */
export interface LockedRows {
  readonly own: readonly Selected[]
  readonly others: readonly Selected[]
  /** Exactly these. */
  readonly remove: () => Promise<void>
}

/** Their keys are one parameter, or, where the server has not told how they are declared, as many: still far below what a statement takes. */
const ROWS_PER_STATEMENT = 2000

interface Part extends Selected {
  readonly which: RowsByKey
}

/** One by one. */
export function findByKeys(transaction: Runner, { table, key, link, related }: WalkedTable, { locked, columns }: LockedDeletion): LockedRows {
  const { dialect, execute } = transaction
  const part = (rows: RowsByKey): Part => {
    const which = { ...rows, type: keyTypeOf(columns, rows.table, rows.column) }
    return { table: rows.table, which, select: (selected) => dialect.selectByKey(selected, which) }
  }
  const inParts = (keys: readonly string[], rows: Omit<RowsByKey, 'keys'>): readonly Part[] =>
    [...inChunks(keys, ROWS_PER_STATEMENT)].map((chunk) => part({ ...rows, keys: chunk }))
  const keys = locked.map(({ A_KEY }) => A_KEY)
  const links = link === key ? keys : locked.flatMap(({ A_LINK }) => A_LINK ?? [])
  const own = inParts(keys, { table, column: key, isPrimary: true })
  const others = related.flatMap((other) => inParts(links, other))
  return {
    own,
    others,
    async remove() {
      for (const { which } of others) await execute(dialect.deleteByKey(which))
      for (const { which } of own) {
        const gone = await execute(dialect.deleteByKey(which))
        if (gone !== which.keys.length) throw new TypeError(`${gone} of ${which.keys.length} locked rows of ${table} were deleted`)
      }
    },
  }
}
