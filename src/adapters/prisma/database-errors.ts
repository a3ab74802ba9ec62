import { Prisma } from './generated/sqlite/client.js'

/** MySQL's ER_LOCK_DEADLOCK, which rolls back the transaction as a whole. */
const DEADLOCK = 1213

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

/** What the adapter made of the driver's error, for raw statements. */
function kindOf({ meta }: Prisma.PrismaClientKnownRequestError): unknown {
  const adapterError = meta?.driverAdapterError
  const cause = adapterError instanceof Error ? adapterError.cause : undefined
  return typeof cause === 'object' && cause !== null && 'kind' in cause ? cause.kind : undefined
}
