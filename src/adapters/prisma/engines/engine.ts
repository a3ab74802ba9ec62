import type { Prisma, PrismaClient } from '../generated/sqlite/client.js'
import type { MigrationConnection } from '../migrate.js'
import type { Dialect, RowChange } from '../sql/dialect.js'

/** The clients of all engines are made from the same models; the types of one of them stand for all. */
export type Models = Prisma.TransactionClient

/** Where statements go that are written here. */
export interface Statements {
  rows<Row>(statement: Prisma.Sql): Promise<readonly Row[]>
  /** Rows as lists of their columns' values, which is quicker for very many. */
  lists(statement: Prisma.Sql): Promise<readonly unknown[][]>
  /** The same of two statements, of which the second is not begun where the first fails; in one message there and back where the server takes that. */
  listsOfBoth(first: Prisma.Sql, second: Prisma.Sql): Promise<readonly [readonly unknown[][], readonly unknown[][]]>
  /** Rows with the names of their columns as the database has them. */
  rowsAsNamed(sql: string): Promise<readonly Record<string, unknown>[]>
  /** @returns how many rows it has changed. */
  execute(statement: Prisma.Sql): Promise<number>
}

/**
 * What takes those statements. Of a database server: its driver itself, since Prisma's client takes several times the processor time for a statement, and again for its rows.
 */
export interface Driver extends Statements {
  /** All or nothing. */
  transaction<Answer>(work: (transaction: Statements) => Promise<Answer>): Promise<Answer>
}

/** An open database of one kind. */
export interface Engine {
  readonly client: PrismaClient
  readonly dialect: Dialect
  readonly driver: Driver
  /** How long a transaction of Prisma's may wait to begin, and then last, in milliseconds. */
  readonly transactionLimits: TransactionLimits
  /** Through Prisma's client: in one of its transactions. */
  within(models: Models): Statements
  /** In a transaction, one after the other. @returns the rows that were changed. */
  change<Row>(transaction: Statements, changes: readonly RowChange[]): Promise<readonly Row[]>
  /** As `change`, all of them in a transaction of their own. */
  changeAlone<Row>(changes: readonly RowChange[]): Promise<readonly Row[]>
  /** A connection of its own, for as long as `work` lasts; one statement of it may take a minute, or as long as is said, in milliseconds. */
  withMigrationConnection<Answer>(work: (connection: MigrationConnection) => Promise<Answer>, timeoutMs?: number): Promise<Answer>
  /** undefined where there is nothing to share. */
  connections(): ConnectionUse | undefined
  close(): Promise<void>
}

export interface TransactionLimits {
  readonly maxWait: number
  readonly timeout: number
}

/** How the connections of this process are used now. */
export interface ConnectionUse {
  readonly open: number
  readonly idle: number
  /** Callers that wait for one. */
  readonly waiting: number
}
