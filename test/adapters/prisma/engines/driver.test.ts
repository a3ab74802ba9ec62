import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../../../../src/adapters/prisma/engines/engine.js'
import { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { describeOn, findEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'

const TYPES = { postgresql: { time: 'TIMESTAMP(3)', bytes: 'BYTEA' }, mysql: { time: 'DATETIME(3)', bytes: 'BLOB' } } as const
const sql = (text: string): Prisma.Sql => Prisma.raw(text)
const insert = (id: number): Prisma.Sql => Prisma.sql`INSERT INTO IDN_SAMPLE (ID) VALUES (${BigInt(id)})`
const ids = sql('SELECT ID FROM IDN_SAMPLE ORDER BY ID')

for (const found of await Promise.all([findEngine('postgres'), findEngine('mysql')])) {
  describeOn(found, () => {
    describe(`statements past Prisma's client (${found.name})`, () => {
      let database: ServerDatabase
      let engine: Engine
      beforeAll(async () => {
        database = await createServerDatabase(found)
      })
      beforeEach(async () => {
        const { time, bytes } = TYPES[found.engine]
        await database.sql(`CREATE TABLE IDN_SAMPLE (ID BIGINT PRIMARY KEY, A_WHOLE INTEGER, A_SHORT SMALLINT, A_TEXT VARCHAR(50), A_LONG_TEXT TEXT,
          A_TIME ${time}, A_BLOB ${bytes}, A_REAL DOUBLE PRECISION)`)
        // Of one connection: whatever one statement leaves behind the next one meets.
        engine = await database.openEngine({ poolSize: 1, statementTimeoutMs: 1_000 })
      })
      afterEach(async () => {
        await engine.close()
        await database.sql('DROP TABLE IDN_SAMPLE')
      })
      afterAll(() => database.drop())

      it('answer with the values that it has', async () => {
        const { driver, client } = engine
        await driver.execute(insert(1))
        const values = Prisma.sql`${9_007_199_254_740_993n}, ${-7}, ${3}, ${'žluť 漢字 😀 \\ \' "'}, ${'{"a":1}'}, '2026-07-01 23:59:59.007', ${Buffer.from([0, 255, 39])}, ${0.25}`
        await driver.execute(Prisma.sql`INSERT INTO IDN_SAMPLE VALUES (${values})`)
        const all = sql('SELECT S.*, (SELECT COUNT(*) FROM IDN_SAMPLE) AS A_COUNT FROM IDN_SAMPLE S ORDER BY ID')
        const rows = await driver.rows<Record<string, unknown>>(all)
        const asPrismas = (row: Record<string, unknown>) => ({ ...row, A_BLOB: row.A_BLOB && Buffer.from(row.A_BLOB as Uint8Array) })
        expect(rows.map(asPrismas)).toEqual((await engine.within(client).rows<Record<string, unknown>>(all)).map(asPrismas))
        expect(rows[1]).toMatchObject({ ID: 9_007_199_254_740_993n, A_WHOLE: -7, A_TIME: new Date('2026-07-01T23:59:59.007Z'), A_COUNT: 2n })
        expect(await driver.lists(all)).toEqual(rows.map((row) => Object.values(row)))
        expect(await driver.rowsAsNamed('SELECT ID AS an_id FROM IDN_SAMPLE ORDER BY ID LIMIT 1')).toEqual([{ an_id: 1n }])
      })

      it('say how many rows they have changed', async () => {
        expect(await engine.driver.execute(sql('INSERT INTO IDN_SAMPLE (ID) VALUES (1), (2)'))).toBe(2)
        expect(await engine.driver.execute(sql('DELETE FROM IDN_SAMPLE WHERE ID > 1'))).toBe(1)
        expect(await engine.driver.execute(sql('DELETE FROM IDN_SAMPLE WHERE ID > 1'))).toBe(0)
      })

      it('fail with an error that does not repeat what they were given', async () => {
        const failing = Prisma.sql`SELECT A_TEXT FROM NOWHERE WHERE A_TEXT = ${'s3cret'}`
        for (const on of [engine.driver.rows(failing), engine.driver.transaction((transaction) => transaction.execute(failing))]) {
          const error: unknown = await on.catch((thrown: unknown) => thrown)
          expect(error).toBeInstanceOf(Error)
          expect(`${(error as Error).message} ${(error as Error).stack}`).not.toContain('s3cret')
        }
      })

      it('stand together, or not at all', async () => {
        const { driver } = engine
        const seen = await driver.transaction(async (transaction) => {
          await transaction.execute(insert(1))
          return transaction.lists(ids)
        })
        const failing = driver.transaction(async (transaction) => {
          await transaction.execute(insert(2))
          throw new RangeError('changed its mind')
        })
        await expect(failing).rejects.toThrow(new RangeError('changed its mind'))
        await expect(driver.transaction((transaction) => transaction.execute(insert(1)))).rejects.toThrow()
        // Nobody has left the connection inside a transaction.
        await driver.execute(insert(3))
        expect([seen, await database.sql('SELECT ID FROM IDN_SAMPLE ORDER BY ID')]).toMatchObject([[[1n]], [{}, {}]])
      })

      it('are not told as done where the server has undone them', async () => {
        const done = engine.driver.transaction(async (transaction) => {
          await transaction.execute(insert(1))
          await transaction.execute(insert(1)).catch(() => undefined)
        })
        // PostgreSQL undoes the whole of it, whatever is thought of the failure; MySQL the one statement.
        await (found.engine === 'postgresql' ? expect(done).rejects.toThrow() : done)
        expect(await engine.driver.lists(ids)).toEqual(found.engine === 'postgresql' ? [] : [[1n]])
      })

      it('keep no lock in a transaction that stands still', async () => {
        const still = engine.driver.transaction(async (transaction) => {
          await transaction.execute(insert(1))
          await sleep(3_000)
          await transaction.execute(insert(2))
        })
        await expect(still).rejects.toThrow()
        expect(await engine.driver.lists(ids)).toEqual([])
      })

      it('keep no lock, where the server has a limit, in one whose process has been stopped', async () => {
        const limits = { PostgreSQL: 'idle_in_transaction_session_timeout', MariaDB: 'idle_transaction_timeout' } as const
        const product = found.engine === 'postgresql' ? 'PostgreSQL' : found.version?.includes('MariaDB') ? 'MariaDB' : undefined
        if (product === undefined) return
        const [[limit] = []] = await engine.driver.lists(sql(`${product === 'MariaDB' ? 'SELECT @@' : 'SHOW '}${limits[product]}`))
        expect(String(limit)).toMatch(/^2s?$/)
      })

      it('of two together, the second is not begun where the first fails', async () => {
        const { driver } = engine
        expect(await driver.listsOfBoth(Prisma.sql`SELECT ${17n}`, Prisma.sql`SELECT ${'a'}, ${'b'}`)).toMatchObject([
          [[expect.anything()]],
          [['a', 'b']],
        ])
        await driver.transaction(async (transaction) => {
          await transaction.execute(insert(1))
          expect(await transaction.listsOfBoth(ids, ids)).toEqual([[[1n]], [[1n]]])
        })
        for (const on of [
          driver,
          { listsOfBoth: (...both: Parameters<typeof driver.listsOfBoth>) => driver.transaction((inside) => inside.listsOfBoth(...both)) },
        ])
          await expect(on.listsOfBoth(sql('SELECT 1 FROM NOWHERE'), insert(2))).rejects.toThrow()
        expect(await driver.lists(ids)).toEqual([[1n]])
      })
    })
  })
}
