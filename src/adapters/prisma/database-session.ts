import { CommandRefused, Overloaded, StoreUnavailable } from '../../errors/operational-errors.js'
import { isTooLong, isUndoneConflict } from './database-errors.js'
import { Disturbed } from './disturbed.js'
import type { Engine, Models, Statements } from './engines/engine.js'
import type { Dialect, RowChange } from './sql/dialect.js'

/** What statements are sent through: the pool itself, or one of its transactions. */
export interface Runner extends Statements {
  readonly dialect: Dialect
  /** Changes one row and answers with it; undefined where nothing was changed. Atomic outside a transaction too. */
  change<Row>(change: RowChange): Promise<Row | undefined>
  /** All of the changes or none, outside a transaction too. @returns the rows that were changed. */
  changeAll<Row>(changes: readonly RowChange[]): Promise<readonly Row[]>
}

/** With Prisma's models. */
export interface ModelRunner extends Runner {
  readonly models: Models
}

/** The one way from the stores to the database, which turns every failure to answer into StoreUnavailable. */
export interface DatabaseSession {
  /** A statement that the database has undone for the sake of another one is sent again. */
  run<Answer>(work: (database: ModelRunner) => Promise<Answer>): Promise<Answer>
  /**
   * All or nothing. Everything inside goes through the runner it is given: another one may wait for the end of it.
   * `work` is done again where the database has undone it for the sake of another transaction.
   */
  transaction<Answer>(work: (transaction: Runner) => Promise<Answer>): Promise<Answer>
  /** The same by way of Prisma's client. */
  modelTransaction<Answer>(work: (transaction: ModelRunner) => Promise<Answer>): Promise<Answer>
  close(): Promise<void>
}

/** Calls that are under way or wait for a connection. One more would only wait in vain. */
const MOST_CALLS = 2_000

/** Of a transaction, or a statement that stands alone, that the database has undone: it certainly left nothing behind. */
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
  const { driver, client } = engine
  const outside: ModelRunner = { ...runnerOn(engine, repeated(driver), (changes) => again(() => engine.changeAlone(changes))), models: client }
  const inside = (transaction: Statements): Runner => runnerOn(engine, transaction, (changes) => engine.change(transaction, changes))
  const withModels = (models: Models): ModelRunner => ({ ...inside(engine.within(models)), models })
  return {
    run: (work) => guarded(() => work(outside)),
    transaction: (work) => guarded(() => again(() => driver.transaction((transaction) => work(inside(transaction))))),
    modelTransaction: (work) => guarded(() => again(() => client.$transaction((models) => work(withModels(models)), engine.transactionLimits))),
    close: async () => {
      if (closed) return
      closed = true
      await engine.close()
    },
  }
}

function runnerOn({ dialect }: Engine, statements: Statements, changeAll: Runner['changeAll']): Runner {
  return {
    ...statements,
    dialect,
    change: async <Row>(change: RowChange) => (await changeAll<Row>([change]))[0],
    changeAll,
  }
}

/** Each statement by itself. Of two together the first may stand where the second was undone. */
function repeated(alone: Statements): Statements {
  return {
    rows: (statement) => again(() => alone.rows(statement)),
    lists: (statement) => again(() => alone.lists(statement)),
    listsOfBoth: alone.listsOfBoth,
    rowsAsNamed: (sql) => again(() => alone.rowsAsNamed(sql)),
    execute: (statement) => again(() => alone.execute(statement)),
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
