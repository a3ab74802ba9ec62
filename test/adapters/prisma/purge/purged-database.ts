import Libsql from 'libsql'
import type { Database } from '../../../../src/adapters/prisma/open-database.js'
import { seconds } from '../../../../src/model/time.js'
import { addRows, type BatchRequest, type PurgeTarget, type RowsByReason } from '../../../../src/stores/purge-target.js'
import { describeOn, findEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'
import { temporaryDatabases } from '../temporary-database.js'

/** A migrated database, and a way into it past the stores. */
export interface PurgedDatabase {
  readonly engine: 'sqlite' | 'postgresql' | 'mysql'
  /** @returns rows with the names of their columns in upper case */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>
  /** The stores, opened as often as asked: what is there only then is seen. */
  open(): Promise<Database>
}

const SESSION_TABLES = [
  'IDN_AUTH_SESSION_STORE',
  'IDN_AUTH_TEMP_SESSION_STORE',
  'IDN_AUTH_USER_SESSION_MAPPING',
  'IDN_AUTH_SESSION_APP_INFO',
  'IDN_AUTH_SESSION_META_DATA',
  'IDN_FED_AUTH_SESSION_MAPPING',
  'JETON_ORPHANED_SESSION',
]

const found = await Promise.all([findEngine('postgres'), findEngine('mysql')])

/** The same tests on the embedded database and on each server that is there; each begins with empty session tables. */
export function describeOnDatabases(name: string, tests: (of: () => PurgedDatabase) => void): void {
  describe(`${name} (sqlite)`, () => {
    const databases = temporaryDatabases()
    let purged: PurgedDatabase
    beforeEach(async () => {
      const file = databases.newFile()
      await databases.open({ file })
      purged = { engine: 'sqlite', open: () => databases.open({ file }), sql: (statement) => untilFree(() => runOnFile(file, statement)) }
    })
    afterEach(async () => {
      await databases.closeAll()
    })
    tests(() => purged)
  })
  for (const engine of found) {
    describeOn(engine, () => {
      describe(`${name} (${engine.version})`, () => {
        let server: ServerDatabase
        let purged: PurgedDatabase
        beforeAll(async () => {
          server = await createServerDatabase(engine)
          await (await server.open()).migrate()
          const sql: PurgedDatabase['sql'] = async (statement) => upperCased(await server.sql(statement))
          purged = { engine: engine.engine, open: () => server.open(), sql }
        }, 30_000)
        beforeEach(async () => {
          for (const table of SESSION_TABLES) await server.sql(`DELETE FROM ${table}`)
        })
        afterEach(() => server.closeAll())
        afterAll(() => server.drop())
        tests(() => purged)
      })
    })
  }
}

const MOST_TRIES = 500

/** Lets everything go on that is under way in this process. */
export const letOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Whoever has locked the file is in this process, and cannot go on while this one waits. */
async function untilFree<Answer>(work: () => Answer): Promise<Answer> {
  for (let left = MOST_TRIES; ; left--) {
    try {
      return work()
    } catch (error) {
      if (left === 0 || !(error instanceof Error && /locked|busy/i.test(error.message))) throw error
      await letOthers()
    }
  }
}

/** Over a connection of its own: one that was refused a lock would stand in the way of others. */
function runOnFile(file: string, statement: string): readonly Record<string, unknown>[] {
  const connection = new Libsql(file, { timeout: 10 })
  try {
    const prepared = connection.prepare(statement)
    if (prepared.reader) return prepared.all() as readonly Record<string, unknown>[]
    prepared.run()
    return []
  } finally {
    connection.close()
  }
}

function upperCased(rows: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  if (!Array.isArray(rows)) return []
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column.toUpperCase(), value])))
}

export const SAFE_PERIOD = seconds(7200)

/** All batches of a target, one after the other. */
export async function purgeAll(
  target: PurgeTarget,
  { limit, keep, afterEach: check }: Pick<BatchRequest, 'limit' | 'keep'> & { readonly afterEach?: () => Promise<void> },
): Promise<RowsByReason> {
  let deleted: RowsByReason = {}
  for (let after: string | null | undefined; after !== null; ) {
    const batch = await target.deleteBatch({ limit, after: after ?? null, safePeriod: SAFE_PERIOD, ...(keep && { keep }) })
    deleted = addRows(deleted, batch.deleted)
    after = batch.after
    await check?.()
  }
  return deleted
}

/** Of a list of targets, the one of that name. */
export function named(targets: readonly PurgeTarget[], name: string): PurgeTarget {
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new Error(`no purge target ${name}`)
  return target
}
