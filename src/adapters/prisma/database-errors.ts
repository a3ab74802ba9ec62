import { Prisma } from './generated/sqlite/client.js'

/** MySQL's ER_LOCK_DEADLOCK, which rolls back the transaction as a whole. */
const DEADLOCK = 1213

/** MySQL's ER_LOCK_WAIT_TIMEOUT. */
const LOCK_TIMEOUT = 1205

/** PostgreSQL's class 22, lock_not_available and query_canceled. */
const POSTGRESQL_REFUSALS = /^(22...|55P03|57014)$/

/** MySQL's ER_WARN_DATA_OUT_OF_RANGE, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_DATA_TOO_LONG, ER_DATA_OUT_OF_RANGE; a lock or an answer that took too long (ER_LOCK_WAIT_TIMEOUT, ER_QUERY_TIMEOUT, and MariaDB's ER_STATEMENT_TIMEOUT). */
const MYSQL_REFUSALS = [1264, 1366, 1406, 1690, LOCK_TIMEOUT, 3024, 1969]

/** A unique key is taken already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

/** A value does not fit into its column. */
export function isTooLong(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2000' || kindOf(error) === 'LengthMismatch')
}

/** The database has undone the transaction in favour of another one: what was begun may be begun again. */
export function isUndoneConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === 'P2034' || kindOf(error) === 'TransactionWriteConflict'
  // What comes from MySQL's driver directly.
  return 'errno' in error && error.errno === DEADLOCK
}

/**
 * The database has undone the statement, perhaps for the sake of one of its rows: a value that it does not take, or a lock that
 * was not to be had in time. Without that row it may succeed.
 */
export function isRefusedStatement(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof Prisma.PrismaClientKnownRequestError) return POSTGRESQL_REFUSALS.test(String(causeOf(error)?.originalCode))
  return 'errno' in error && typeof error.errno === 'number' && MYSQL_REFUSALS.includes(error.errno)
}

/** The statement of MySQL's or MariaDB's was undone since somebody else had locked a row for longer than it waits. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && String(causeOf(error)?.originalCode) === String(LOCK_TIMEOUT)
}

/** What the adapter made of the driver's error, for raw statements. */
function kindOf(error: Prisma.PrismaClientKnownRequestError): unknown {
  return causeOf(error)?.kind
}

function causeOf({ meta }: Prisma.PrismaClientKnownRequestError): Readonly<Record<'kind' | 'originalCode', unknown>> | undefined {
  const adapterError = meta?.driverAdapterError
  return adapterError instanceof Error ? (adapterError.cause as Readonly<Record<'kind' | 'originalCode', unknown>> | undefined) : undefined
}
