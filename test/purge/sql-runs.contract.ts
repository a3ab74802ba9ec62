import mariadb from 'mariadb'
import pg from 'pg'
import { type FoundEngine, mysqlAddress } from '../adapters/prisma/engines.js'
import { createSqlDatabase, type SqlDatabase } from './sql-database.js'
import type { RunSql } from './wso2-rows.js'
import { insertRows, judgeRows } from './wso2-rows.js'

type Other = { readonly sql: RunSql; readonly close: () => Promise<void> }

/** A second connection to the same database. */
async function connectAnother({ engine, url }: SqlDatabase): Promise<Other> {
  if (engine === 'mysql') {
    const connection = await mariadb.createConnection(mysqlAddress(url))
    return { sql: (statement) => connection.query(statement), close: () => connection.end() }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return { sql: async (statement) => (await client.query(statement)).rows, close: () => client.end() }
}

/** How a run of the script gets on with whoever else is at work. */
export function describeSqlRuns(found: FoundEngine): void {
  describe(`a run of the script for ${found.engine}`, () => {
    let database: SqlDatabase
    let other: Other
    beforeAll(async () => {
      database = await createSqlDatabase(found)
      other = await connectAnother(database)
    }, 60_000)
    beforeEach(async () => {
      await database.empty()
      await database.install()
      for (const statement of insertRows(database.engine, { count: 200 })) await database.sql(statement)
    })
    afterAll(async () => {
      await other.close()
      await database.drop()
    })
    const tokens = () => database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN')
    const purgeable = async () => [...(await judgeRows(database.engine, database.sql))].filter(([, verdict]) => verdict !== 'stays').map(([id]) => id)

    it('leaves a row that somebody else works on, and the next run takes it', async () => {
      const [busy = ''] = await purgeable()
      await other.sql('BEGIN')
      await other.sql(`SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID = '${busy}' FOR UPDATE`)
      await database.purge()
      expect(await purgeable()).toEqual([busy])
      await other.sql('ROLLBACK')
      await database.purge()
      expect(await tokens()).toHaveLength(20)
    })

    it('does not begin while another one is under way', async () => {
      const before = await tokens()
      const [take, give] = {
        postgresql: ['SELECT pg_advisory_lock(5072010720103)', 'SELECT pg_advisory_unlock(5072010720103)'],
        mysql: ["SELECT GET_LOCK(CONCAT('jeton.purge.', MD5(DATABASE())), 0)", "SELECT RELEASE_LOCK(CONCAT('jeton.purge.', MD5(DATABASE())))"],
      }[database.engine]
      await other.sql(take ?? '')
      await expect(database.purge()).rejects.toThrow('another run of JETON_PURGE_SQL is under way')
      expect(await tokens()).toEqual(before)
      await other.sql(give ?? '')
      await database.purge()
      expect(await tokens()).toHaveLength(20)
    })

    it('that breaks off has done whole batches, and the next one goes on', async () => {
      const ids = await tokens()
      await database.sql(`ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN_AUDIT ADD CONSTRAINT BREAKS CHECK (TOKEN_ID <> '${(await purgeable()).sort()[90]}')`)
      await expect(database.purge()).rejects.toThrow(/BREAKS/i)
      const left = await tokens()
      expect(left.length).toBeGreaterThan(20)
      expect(left.length).toBeLessThan(ids.length)
      expect((await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')).filter((id) => left.includes(id))).toEqual([])
      await database.sql('ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN_AUDIT DROP CONSTRAINT BREAKS')
      await database.purge()
      expect(await tokens()).toHaveLength(20)
    })

    it('does not depend on the time zone of the session, and leaves it as it was', async () => {
      const [set, get, reset] = {
        postgresql: ["SET TIME ZONE 'Asia/Tokyo'", 'SHOW TIME ZONE', 'SET TIME ZONE DEFAULT'],
        mysql: ["SET time_zone = '+09:00'", 'SELECT @@SESSION.time_zone', 'SET time_zone = @@GLOBAL.time_zone'],
      }[database.engine]
      const staying = [...(await judgeRows(database.engine, database.sql))].filter(([, verdict]) => verdict === 'stays').map(([id]) => id)
      await database.sql(set ?? '')
      await database.purge()
      expect(await database.column(get ?? '')).toEqual([database.engine === 'mysql' ? '+09:00' : 'Asia/Tokyo'])
      await database.sql(reset ?? '')
      expect(await tokens()).toEqual(staying.sort())
    })

    it('does the same when the script was installed once more', async () => {
      await database.install()
      await database.purge()
      expect(await tokens()).toHaveLength(20)
    })
  })
}
