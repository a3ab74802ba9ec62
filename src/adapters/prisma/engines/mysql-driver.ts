import type mariadb from 'mariadb'
import type { Prisma } from '../generated/sqlite/client.js'
import type { Driver, Statements } from './engine.js'
import type { SessionPool } from './mysql-pool.js'

/** As Prisma's client has them: times are of UTC, and JSON is text. */
const TYPES = { timezone: 'Z', autoJsonMap: false, jsonStrings: true, bitOneIsBoolean: false }

export function createMysqlDriver(pool: SessionPool): Driver {
  return {
    ...statementsOf((query, values) => pool.query(query, values)),
    async transaction(work) {
      const connection = await pool.getConnection()
      let hasBegun = false
      /** Begins in the message of the first statement, which ends where that fails. */
      const send: Send = async <Answer>(query: mariadb.QueryOptions, values: unknown) => {
        if (hasBegun) return connection.query<Answer>(query, values)
        hasBegun = true
        const [, ...answers] = await connection.query<readonly unknown[]>({ ...query, sql: `BEGIN; ${query.sql}` }, values)
        return (answers.length === 1 ? answers[0] : answers) as Answer
      }
      try {
        const answer = await work(statementsOf(send))
        await connection.query('COMMIT')
        return answer
      } catch (error) {
        // Where this fails too the connection is gone, and the transaction with it.
        await connection.rollback().catch(() => connection.destroy())
        throw error
      } finally {
        await connection.release()
      }
    },
  }
}

type Send = <Answer>(query: mariadb.QueryOptions, values: unknown) => Promise<Answer>

function statementsOf(send: Send): Statements {
  return {
    rows: <Row>({ sql, values }: Prisma.Sql) => send<readonly Row[]>({ sql, ...TYPES }, values),
    lists: ({ sql, values }) => send<readonly unknown[][]>({ sql, ...TYPES, rowsAsArray: true }, values),
    listsOfBoth: (first, second) =>
      send<readonly [readonly unknown[][], readonly unknown[][]]>({ sql: `${first.sql}; ${second.sql}`, ...TYPES, rowsAsArray: true }, [
        ...first.values,
        ...second.values,
      ]),
    rowsAsNamed: (sql) => send<readonly Record<string, unknown>[]>({ sql, ...TYPES }, []),
    execute: async ({ sql, values }) => (await send<mariadb.UpsertResult>({ sql }, values)).affectedRows,
  }
}
