import type { RowValues } from './row-json.js'

/** A row that has gone, as it was in its table. */
export interface KeptRow {
  readonly table: string
  readonly values: RowValues
}

/** What became of a row that was to be put back. */
export type RestoreVerdict =
  | 'restored'
  /** It is in its table already: it was never deleted, or somebody has put it back. */
  | 'already_there'
  /** Another row has what may be there only once. */
  | 'key_taken'
  /** The application that it belongs to is gone. */
  | 'client_gone'
  /** The row that it belongs to is not there. */
  | 'parent_gone'
  /** The database has no such table, or none that Jeton knows how to put rows back into. */
  | 'unknown_table'

/** Rows that a purge has deleted, and their way back. */
export interface KeptRows {
  /** What this database is called, wherever it lies; the same in its copies. Made up when it is first asked for. @throws StoreUnavailable */
  databaseId(): Promise<string>
  /** The newest run of which rows are kept in the database itself, or null. @throws StoreUnavailable */
  newestRun(): Promise<string | null>
  /** Rows of a run, in the order in which they went, behind the given place; none: that was the last. @throws StoreUnavailable */
  list(run: string, after: number, limit: number): Promise<readonly { readonly place: number; readonly row: KeptRow }[]>
  /**
   * Puts rows of one table back where nothing is in the way, in one transaction; `dryRun`: only says what would become of them.
   * @returns a verdict for each, in their order. @throws StoreUnavailable
   */
  putBack(table: string, rows: readonly KeptRow[], options: { readonly dryRun: boolean }): Promise<readonly RestoreVerdict[]>
}
