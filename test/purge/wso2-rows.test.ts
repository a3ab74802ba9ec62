import Libsql from 'libsql'
import { describeOn, findEngine } from '../adapters/prisma/engines.js'
import { createServerDatabase } from '../adapters/prisma/server-database.js'
import { temporaryDatabases } from '../adapters/prisma/temporary-database.js'
import type { Verdict } from './wso2-judge.js'
import { insertRows, judgeRows, KINDS, type RowEngine, type RunSql } from './wso2-rows.js'

const COUNT = 1200
const EXPECTED = { stays: COUNT / 10, revoked: COUNT / 4, inactive: (COUNT * 30) / 100, expired: (COUNT * 35) / 100 }

async function countVerdicts(engine: RowEngine, sql: RunSql): Promise<Readonly<Record<Verdict, number>>> {
  await sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
  for (const statement of insertRows(engine, { count: COUNT })) await sql(statement)
  const counts = { revoked: 0, inactive: 0, expired: 0, stays: 0 }
  for (const verdict of (await judgeRows(engine, sql)).values()) counts[verdict] += 1
  return counts
}

const found = await Promise.all([findEngine('postgres'), findEngine('mysql')])

describe('the rows that purging is judged by', () => {
  it('are a hundred kinds, one in ten of which stays', () => {
    expect(KINDS.reduce((total, { share }) => total + share, 0)).toBe(100)
  })

  it('are on SQLite what their kinds say', async () => {
    const databases = temporaryDatabases()
    const file = databases.newFile()
    await databases.open({ file })
    const database = new Libsql(file)
    const sql: RunSql = async (statement) => {
      const prepared = database.prepare(statement)
      if (prepared.reader) return prepared.all() as readonly Record<string, unknown>[]
      prepared.run()
      return []
    }
    expect(await countVerdicts('sqlite', sql)).toEqual(EXPECTED)
    database.close()
    await databases.closeAll()
  })

  for (const engine of found) {
    describeOn(engine, () => {
      it(`are on ${engine.name} what their kinds say`, async () => {
        const server = await createServerDatabase(engine)
        try {
          await (await server.open()).migrate()
          expect(await countVerdicts(engine.engine, server.sql)).toEqual(EXPECTED)
        } finally {
          await server.drop()
        }
      })
    })
  }
})
