import type { GrantAdvance } from '../../../stores/grant-store.js'
import type { Prisma } from '../generated/sqlite/client.js'

/** What engines write differently. Names are unquoted and in upper case, which is right on all of them. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgresql' | 'mysql'
  /** Whole seconds since 1970, the same throughout the statement. */
  readonly now: Prisma.Sql
  /** Milliseconds since 1970; in a statement that has had to wait for a lock, not before it got it where `returns` reads it. */
  readonly nowMs: Prisma.Sql
  /** Different in each row of the table of stored tokens. */
  readonly newStateId: Prisma.Sql
  /** Grows with each stored token T. */
  readonly insertionOrder: Prisma.Sql
  /** Makes changes of a client or a user wait for each other, where a transaction alone does not. */
  readonly lockHead: Prisma.Sql | undefined
  /** A parameter, in an expression that does not say of what type it is. */
  integer(value: bigint): Prisma.Sql
  greatest(one: Prisma.Sql, other: Prisma.Sql): Prisma.Sql
  /** From a column of WSO2's to seconds since 1970, and back. */
  toSeconds(timestamp: Prisma.Sql): Prisma.Sql
  toTimestamp(seconds: Prisma.Sql): Prisma.Sql
  /** The words of all rows, with a space between. */
  joined(column: Prisma.Sql): Prisma.Sql
  /** What an insertion does instead where the key is taken. */
  onTaken(key: Prisma.Sql, assignments: Prisma.Sql): Prisma.Sql
  /** What an insertion does where the key is taken: nothing. */
  unlessTaken(key: Prisma.Sql): Prisma.Sql
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
