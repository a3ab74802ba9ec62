import pg from 'pg'
import type { Prisma } from '../generated/sqlite/client.js'
import type { Driver, Statements } from './engine.js'
import { upperCaseNames } from './upper-case-names.js'

const { builtins } = pg.types

/** Of types that the driver has as texts, or in the time of this machine. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.TIMESTAMP, (text) => new Date(`${text}Z`)],
])

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') => PARSERS.get(id) ?? pg.types.getTypeParser(id, format as 'text'),
}

export function createPostgresqlDriver(pool: pg.Pool): Driver {
  return {
    ...statementsOf(pool),
    async transaction(work) {
      const connection = await pool.connect()
      let failure: Error | undefined
      try {
        await connection.query('BEGIN')
        const answer = await work(statementsOf(connection))
        // Of a transaction in which a statement has failed it only makes an end.
        if ((await connection.query('COMMIT')).command !== 'COMMIT') throw new Error('the transaction was undone')
        return answer
      } catch (error) {
        // Where this fails too the connection is given up, and the transaction with it.
        await connection.query('ROLLBACK').catch((lost: Error) => {
          failure = lost
        })
        throw error
      } finally {
        connection.release(failure)
      }
    },
  }
}

function statementsOf(connection: Pick<pg.Pool, 'query'>): Statements {
  const lists: Statements['lists'] = async ({ text, values }) => (await connection.query<unknown[]>({ text, values, types, rowMode: 'array' })).rows
  return {
    rows: async ({ text, values }: Prisma.Sql) => upperCaseNames((await connection.query<object>({ text, values, types })).rows),
    lists,
    listsOfBoth: async (first, second) => [await lists(first), await lists(second)],
    rowsAsNamed: async (sql) => (await connection.query<Record<string, unknown>>({ text: sql, types })).rows,
    execute: async ({ text, values }) => (await connection.query({ text, values })).rowCount ?? 0,
  }
}
