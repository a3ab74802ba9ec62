import { CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'
import { Prisma, type PrismaClient } from './generated/sqlite/client.js'

/** What statements are sent through: the client itself, or one of its transactions. */
export type Runner = Prisma.TransactionClient

/** The one way from the stores to the database, which turns every failure to answer into StoreUnavailable. */
export interface DatabaseSession {
  run<Answer>(work: (database: Runner) => Promise<Answer>): Promise<Answer>
  /** All or nothing. Everything inside goes through the runner it is given: another one would wait for the end of it. */
  transaction<Answer>(work: (transaction: Runner) => Promise<Answer>): Promise<Answer>
  close(): Promise<void>
}

/** How long a transaction may wait to begin, and then last. Longer than the driver waits for a busy file. */
const TRANSACTION_LIMITS = { maxWait: 6_000, timeout: 6_000 }

export function createDatabaseSession(client: PrismaClient): DatabaseSession {
  let closed = false
  const guarded = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    // The client would connect again by itself.
    if (closed) throw new StoreUnavailable('database', { cause: new Error('the database has been closed') })
    try {
      return await work()
    } catch (error) {
      throw isOurs(error) ? error : new StoreUnavailable('database', { cause: error })
    }
  }
  return {
    run: (work) => guarded(() => work(client)),
    transaction: (work) => guarded(() => client.$transaction(work, TRANSACTION_LIMITS)),
    close: async () => {
      closed = true
      await client.$disconnect()
    },
  }
}

/** Errors that say something else than "cannot answer": refusals, and defects in the program. */
function isOurs(error: unknown): boolean {
  return [CommandRefused, StoreUnavailable, TypeError, RangeError].some((kind) => error instanceof kind)
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
