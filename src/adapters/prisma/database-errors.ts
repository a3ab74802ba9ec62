import { Prisma } from './generated/sqlite/client.js'

/** MySQL's ER_LOCK_DEADLOCK, which rolls back the transaction as a whole; PostgreSQL's serialization_failure and deadlock_detected. */
const CONFLICTS = ['1213', '40001', '40P01']

/** MySQL's ER_LOCK_WAIT_TIMEOUT. */
const LOCK_TIMEOUT = '1205'

/** MySQL's ER_DATA_TOO_LONG, PostgreSQL's string_data_right_truncation. */
const TOO_LONG = ['1406', '22001']

/** PostgreSQL's class 22, lock_not_available and query_canceled. */
const POSTGRESQL_REFUSALS = /^(22...|55P03|57014)$/

/** MySQL's ER_WARN_DATA_OUT_OF_RANGE, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_DATA_TOO_LONG, ER_DATA_OUT_OF_RANGE; a lock or an answer that took too long (ER_LOCK_WAIT_TIMEOUT, ER_QUERY_TIMEOUT, and MariaDB's ER_STATEMENT_TIMEOUT). */
const MYSQL_REFUSALS = ['1264', '1366', '1406', '1690', LOCK_TIMEOUT, '3024', '1969']

/** A unique key is taken already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

/** A value does not fit into its column. */
export function isTooLong(error: unknown): boolean {
  return isPrismas(error, 'P2000', 'LengthMismatch') || TOO_LONG.includes(codeOf(error))
}

/** The database has undone the transaction in favour of another one: what was begun may be begun again. */
export function isUndoneConflict(error: unknown): boolean {
  return isPrismas(error, 'P2034', 'TransactionWriteConflict') || CONFLICTS.includes(codeOf(error))
}

/**
 * The database has undone the statement, perhaps for the sake of one of its rows: a value that it does not take, or a lock that
 * was not to be had in time. Without that row it may succeed.
 */
export function isRefusedStatement(error: unknown): boolean {
  const code = codeOf(error)
  return POSTGRESQL_REFUSALS.test(code) || MYSQL_REFUSALS.includes(code)
}

/** The statement of MySQL's or MariaDB's was undone since somebody else had locked a row for longer than it waits. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === LOCK_TIMEOUT
}

/** By what Prisma's client calls it, or what its adapter made of the driver's error, for raw statements. */
function isPrismas(error: unknown, code: string, kind: string): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && (error.code === code || causeOf(error)?.kind === kind)
}

/** The server's own code, whether its driver says it or Prisma's client; empty: there is none. */
function codeOf(error: unknown): string {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return String(causeOf(error)?.originalCode ?? '')
  if (!(error instanceof Error)) return ''
  // Of MySQL a number beside `code`, which is a name; of PostgreSQL the SQLSTATE. Errors of a connection have neither.
  if ('sqlState' in error) return 'errno' in error ? String(error.errno) : ''
  return 'severity' in error && 'code' in error ? String(error.code) : ''
}

function causeOf({ meta }: Prisma.PrismaClientKnownRequestError): Readonly<Record<'kind' | 'originalCode', unknown>> | undefined {
  const adapterError = meta?.driverAdapterError
  return adapterError instanceof Error ? (adapterError.cause as Readonly<Record<'kind' | 'originalCode', unknown>> | undefined) : undefined
}
