import type { GrantAdvance } from '../../../stores/grant-store.js'
import type { Prisma } from '../generated/sqlite/client.js'
import type { DoomedRange } from './delete-range.js'
import type { HeapPlaces } from './heap-places.js'
import type { RowsByKey } from './rows-by-key.js'

/** What engines write differently. Names are unquoted and in upper case, which is right on all of them. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgresql' | 'mysql'
  /** Whether two transactions may change different rows of a table at the same time. */
  readonly locksRows: boolean
  /** Whole seconds since 1970, the same throughout the statement. */
  readonly now: Prisma.Sql
  /** Milliseconds since 1970; in a statement that has had to wait for a lock, not before it got it where `returns` reads it. */
  readonly nowMs: Prisma.Sql
  /** Different in each row of the table of stored tokens. */
  readonly newStateId: Prisma.Sql
  /** Grows with each stored token T. */
  readonly insertionOrder: Prisma.Sql
  /** Makes changes of a user wait for each other, where a transaction alone does not. */
  readonly lockHead: Prisma.Sql | undefined
  /** A parameter, in an expression that does not say of what type it is. */
  integer(value: bigint): Prisma.Sql
  greatest(one: Prisma.Sql, other: Prisma.Sql): Prisma.Sql
  /** From a column of WSO2's to seconds since 1970, and back. */
  toSeconds(timestamp: Prisma.Sql): Prisma.Sql
  toTimestamp(seconds: Prisma.Sql): Prisma.Sql
  /** From a column of WSO2's to milliseconds since 1970. */
  toMs(timestamp: Prisma.Sql): Prisma.Sql
  /** Compares letter by letter, whatever the column's collation. Not for a search by an index. */
  exact(text: Prisma.Sql): Prisma.Sql
  /** The words of all rows, with a space between. */
  joined(column: Prisma.Sql): Prisma.Sql
  /** Whether the columns have the values of one of the rows. */
  isAmong(columns: readonly string[], rows: readonly (readonly (string | Prisma.Sql)[])[]): Prisma.Sql
  /** Whether the column, which an index has, is one of these texts, of which there is one at least. */
  isOneOf(column: Prisma.Sql, texts: readonly string[]): Prisma.Sql
  /** Columns of rows X. */
  selectByKey(columns: Prisma.Sql, rows: RowsByKey): Prisma.Sql
  /** By a primary key it waits for nobody who holds another one. */
  deleteByKey(rows: RowsByKey): Prisma.Sql
  /** What an insertion does instead where the key is taken. */
  onTaken(key: Prisma.Sql, assignments: Prisma.Sql): Prisma.Sql
  /** What an insertion does where the key is taken: nothing. */
  unlessTaken(key: Prisma.Sql): Prisma.Sql
  /** The same, whichever key is taken; `column` is any one. */
  unlessAnyTaken(column: Prisma.Sql): Prisma.Sql
  /** A value for a column of WSO2's, in UTC. */
  timestamp(value: Date): Prisma.Sql
  /** At the end of a selection: the rows stay as they are until the transaction ends. Nothing where it has the only write lock anyway. */
  readonly forUpdate: Prisma.Sql
  /** The same, of those rows that nobody else has locked. */
  readonly forUpdateOfFree: Prisma.Sql
  /** At the end of the insertion of a stored token whose one place may be taken: then it changes no row, or more than one. */
  readonly unlessTokenIsThere: Prisma.Sql
  /** In `onTaken`: what the insertion would have stored. */
  offered(column: Prisma.Sql): Prisma.Sql
  /** Deletes the rows with the least PURGE_AFTER of those that may go. */
  deleteOldest(table: Prisma.Sql, condition: Prisma.Sql, limit: bigint): Prisma.Sql
  /** Counts the rows of the table anew, for the planning of statements. May answer with rows. */
  analyze(table: Prisma.Sql): Prisma.Sql
  /**
   * At the beginning of a transaction that deletes what may go. No statement of it reads a whole table for want of statistics, be it that of
   * a foreign key, and its commit does not wait for the disk: what a crash brings back is purged again. Answers with a row.
   */
  readonly forPurging: Prisma.Sql | undefined
  /** One statement for rows of a range and what belongs to them; undefined where it takes several. */
  readonly deleteRange: ((doomed: DoomedRange) => Prisma.Sql) | undefined
  /**
   * What stands before a DELETE that answers with the rows of its one table, so that it fails at once where it meets a row that somebody else has locked; `alone`: and that
   * rows of other tables stay for a moment that refer to them. undefined: there is no such DELETE.
   */
  readonly deleting: { readonly atOnce: Prisma.Sql; readonly alone: Prisma.Sql } | undefined
  /** Answers with LAG_SECONDS of the slowest replica, or NULL; undefined where only the replicas know. */
  readonly replicationLag: Prisma.Sql | undefined
  /** As a text, where it is of a type of the engine's own. */
  text(value: Prisma.Sql): Prisma.Sql
  /** undefined: it does not tell where rows lie. */
  readonly heap: HeapPlaces | undefined
  /** As the last column, what StoreStatus has under that name; undefined: there is nothing to ask. */
  readonly commits: Prisma.Sql | undefined
  /** Revokes stored tokens T that are hit by entries R of the log: joined `on`, and `hit`. */
  revokeHit(on: Prisma.Sql, hit: Prisma.Sql): Prisma.Sql
  /** The compare-and-set of the generations of different grants, in their order, and in as few changes as the engine needs. */
  advanceGrants(steps: readonly GrantAdvance[]): readonly RowChange[]
}

/** A change of at most one row that answers with the row; where a statement can answer with what it has changed, of any number of rows. */
export interface RowChange {
  /** Makes sure that there is a row. */
  readonly before?: Prisma.Sql
  readonly write: Prisma.Sql
  /** What is answered, of the row as it is after the change. */
  readonly columns: Prisma.Sql
  /** Where that is on an engine without RETURNING, as `FROM … WHERE …`. */
  readonly row: Prisma.Sql
}
