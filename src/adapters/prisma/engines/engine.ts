import type { Prisma, PrismaClient } from '../generated/sqlite/client.js'
import type { MigrationConnection } from '../migrate.js'
import type { Dialect, RowChange } from '../sql/dialect.js'

/** The clients of all engines are made from the same models; the types of one of them stand for all. */
export type Models = Prisma.TransactionClient

/** An open database of one kind. */
export interface Engine {
  readonly client: PrismaClient
  readonly dialect: Dialect
  /** How long a transaction may wait to begin, and then last, in milliseconds. */
  readonly transactionLimits: { readonly maxWait: number; readonly timeout: number }
  rows<Row>(models: Models, statement: Prisma.Sql): Promise<readonly Row[]>
  /** In a transaction, one after the other. @returns the rows that were changed. */
  change<Row>(models: Models, changes: readonly RowChange[]): Promise<readonly Row[]>
  /** As `change`, all of them in a transaction of their own. */
  changeAlone<Row>(changes: readonly RowChange[]): Promise<readonly Row[]>
  /** A connection of its own, for as long as `work` lasts; one statement of it may take a minute, or as long as is said, in milliseconds. */
  withMigrationConnection<Answer>(work: (connection: MigrationConnection) => Promise<Answer>, timeoutMs?: number): Promise<Answer>
  /** undefined where there is nothing to share. */
  connections(): ConnectionUse | undefined
  close(): Promise<void>
}

/** How the connections of this process are used now. */
export interface ConnectionUse {
  readonly open: number
  readonly idle: number
  /** Callers that wait for one. */
  readonly waiting: number
}
