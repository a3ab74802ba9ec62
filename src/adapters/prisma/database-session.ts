import { CommandRefused, Overloaded, StoreUnavailable } from '../../errors/operational-errors.js'
import { isTooLong, isUndoneConflict } from './database-errors.js'
import { Disturbed } from './disturbed.js'
import type { Engine, Models } from './engines/engine.js'
import type { Prisma } from './generated/sqlite/client.js'
import type { Dialect, RowChange } from './sql/dialect.js'

/** What statements are sent through: the pool itself, or one of its transactions. */
export interface Runner {
  readonly models: Models
  readonly dialect: Dialect
  rows<Row>(statement: Prisma.Sql): Promise<readonly Row[]>
  /** @returns how many rows it has changed. */
  execute(statement: Prisma.Sql): Promise<number>
  /** Changes one row and answers with it; undefined where nothing was changed. Atomic outside a transaction too. */
  change<Row>(change: RowChange): Promise<Row | undefined>
  /** All of the changes or none, outside a transaction too. @returns the rows that were changed. */
  changeAll<Row>(changes: readonly RowChange[]): Promise<readonly Row[]>
}

/** The one way from the stores to the database, which turns every failure to answer into StoreUnavailable. */
export interface DatabaseSession {
  run<Answer>(work: (database: Runner) => Promise<Answer>): Promise<Answer>
  /**
   * All or nothing. Everything inside goes through the runner it is given: another one may wait for the end of it.
   * `work` is done again where the database has undone it for the sake of another transaction.
   */
  transaction<Answer>(work: (transaction: Runner) => Promise<Answer>): Promise<Answer>
  close(): Promise<void>
}

/** Calls that are under way or wait for a connection. One more would only wait in vain. */
const MOST_CALLS = 2_000

/** Of a transaction that the database has undone: it certainly left nothing behind. */
const ATTEMPTS = 5

export function createDatabaseSession(engine: Engine): DatabaseSession {
  let closed = false
  let calls = 0
  const guarded = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    // The client would connect again by itself.
    if (closed) throw new StoreUnavailable('database', { cause: new Error('the database has been closed') })
    if (calls >= MOST_CALLS) throw new Overloaded('the database')
    calls++
    try {
      return await work()
    } catch (error) {
      throw toOurs(error)
    } finally {
      calls--
    }
  }
  const outside = runnerOn(engine, engine.client, (changes) => again(() => engine.changeAlone(changes)))
  const inside = (models: Models): Runner => runnerOn(engine, models, (changes) => engine.change(models, changes))
  return {
    run: (work) => guarded(() => work(outside)),
    transaction: (work) => guarded(() => again(() => engine.client.$transaction((models) => work(inside(models)), engine.transactionLimits))),
    close: async () => {
      if (closed) return
      closed = true
      await engine.close()
    },
  }
}

function runnerOn({ dialect, rows }: Engine, models: Models, changeAll: Runner['changeAll']): Runner {
  return {
    models,
    dialect,
    rows: (statement) => rows(models, statement),
    execute: (statement) => models.$executeRaw(statement),
    change: async <Row>(change: RowChange) => (await changeAll<Row>([change]))[0],
    changeAll,
  }
}

async function again<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let left = ATTEMPTS - 1; left > 0; left--) {
    try {
      return await work()
    } catch (error) {
      if (!isUndoneConflict(error)) throw error
    }
  }
  return work()
}

/** Errors that say something else than "cannot answer" stay what they are: refusals, and defects in the program. */
function toOurs(error: unknown): unknown {
  if ([CommandRefused, StoreUnavailable, Disturbed, TypeError, RangeError].some((kind) => error instanceof kind)) return error
  if (isTooLong(error)) return new CommandRefused('too_long', 'a value is longer than its column in the database')
  return new StoreUnavailable('database', { cause: error })
}
