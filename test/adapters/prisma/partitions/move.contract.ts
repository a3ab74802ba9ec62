import type { Engine } from '../../../../src/adapters/prisma/engines/engine.js'
import type { MigrationConnection } from '../../../../src/adapters/prisma/migrate.js'
import { moveTable } from '../../../../src/adapters/prisma/partitions/move-table.js'
import { AUDIT_TABLE, LOG_TABLE, type PartitionedTable } from '../../../../src/adapters/prisma/partitions/partitioned-tables.js'
import { PARTITION_DIALECTS } from '../../../../src/adapters/prisma/partitions/prisma-partitions.js'
import { keyId, tokenId } from '../../../../src/model/ids.js'
import { NEVER } from '../../../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../../../src/model/time.js'
import type { FoundEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'

const token = (id: string, expiresAt: number | undefined = undefined) =>
  ({ kind: 'token', id: tokenId(id), expiresAt: expiresAt === undefined ? undefined : epochSeconds(expiresAt) }) as const
const silent = () => undefined

/** What the move into partitions promises. */
export function moveContract(found: FoundEngine): void {
  describe(`The move into partitions (${found.version})`, () => {
    let database: ServerDatabase
    let engines: Engine[]
    const number = async (sql: string): Promise<number> => Number(Object.values((await database.sql(sql))[0] ?? {})[0])
    const audit = (id: string, purgeAfter: number | null) =>
      database.sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, PURGE_AFTER) VALUES ('${id}', ${purgeAfter})`)
    const auditRows = async () =>
      (await database.sql('SELECT ID AS a, TOKEN_ID AS b, PURGE_AFTER AS c FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT ORDER BY ID')).map(({ a, b, c }) => [
        Number(a),
        b,
        c === null ? null : Number(c),
      ])
    const indexNames = async (table: string): Promise<readonly unknown[]> => {
      const sql =
        found.engine === 'postgresql'
          ? `SELECT indexname AS a FROM pg_indexes WHERE tablename = '${table.toLowerCase()}' ORDER BY 1`
          : `SELECT DISTINCT INDEX_NAME AS a FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY 1`
      return (await database.sql(sql)).map(({ a }) => a)
    }
    /** As a process that ends before the statement of this number. */
    async function moveAndEnd(table: PartitionedTable, left: number): Promise<boolean> {
      const engine = await database.openEngine()
      engines.push(engine)
      const dialect = PARTITION_DIALECTS[found.engine]
      if (dialect === undefined) throw new Error('no partitions')
      const count = () => {
        if (left-- === 0) throw new Error('ended')
      }
      const move = (connection: MigrationConnection) => {
        const dying: MigrationConnection = {
          engine: connection.engine,
          rows: async (sql) => {
            count()
            return connection.rows(sql)
          },
          script: async (sql) => {
            count()
            return connection.script(sql)
          },
        }
        const ranges = async () => [{ from: undefined, to: 1_000_000_000 }]
        return moveTable({ connection: dying, table }, dialect, { ranges, again: false, tell: silent })
      }
      return engine.withMigrationConnection(move).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.message === 'ended') return false
          throw error
        },
      )
    }

    beforeEach(async () => {
      engines = []
      database = await createServerDatabase(found)
    })
    afterEach(async () => {
      for (const engine of engines) await engine.close()
      await database.drop()
    })

    it('takes every row along, leaves names and counters as they are, and finds nothing to do the second time', async () => {
      const stores = await database.openStores()
      await stores.heads.raiseLifetimes(seconds(3_600), seconds(86_400))
      await stores.revocations.append([token('a'), token('old', 1), { kind: 'key', id: keyId('k') }, { kind: 'all' }])
      const before = await stores.revocations.since(0, 100)
      await audit('of WSO2', null)
      await audit('past', 7)
      await audit('soon', 4_000_000_000)
      const [audited, logIndexes, auditIndexes] = [await auditRows(), await indexNames(LOG_TABLE.name), await indexNames(AUDIT_TABLE.name)]
      expect((await stores.partitions.layouts()).map(({ state }) => state)).toEqual(['plain', 'plain'])

      const told: string[] = []
      const moved = await stores.partitions.move((table, what) => void told.push(`${table}: ${what}`))
      expect(moved).toEqual([
        { table: 'JETON_REVOCATION', moved: true, rows: 4 },
        { table: 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT', moved: true, rows: 3 },
      ])
      expect(told.length).toBeGreaterThan(5)
      expect(await stores.revocations.since(0, 100)).toEqual(before)
      expect(await auditRows()).toEqual(audited.map(([id, name, purgeAfter]) => [id, name, purgeAfter ?? NEVER]))
      expect(await indexNames(LOG_TABLE.name)).toEqual(logIndexes)
      expect(await indexNames(AUDIT_TABLE.name)).toEqual(auditIndexes)
      const layouts = await stores.partitions.layouts()
      // One for all that is past, and until tomorrow's rows have gone, and a little further.
      expect(layouts.map(({ state, partitions }) => [state, partitions])).toEqual([
        ['partitioned', expect.any(Number)],
        ['partitioned', 4],
      ])
      expect(layouts[0]?.until).toBeGreaterThan(Date.now() / 1000 + 86_400)
      expect(layouts[0]?.unplaced).toBe(0)

      expect(await stores.revocations.append([token('next')])).toMatchObject([{ seq: 5 }])
      await audit('next', 4_000_000_000)
      expect((await auditRows()).at(-1)?.[0]).toBe(Number(audited.at(-1)?.[0]) + 1)
      expect((await stores.partitions.move(silent)).map((table) => table.moved)).toEqual([false, false])
      expect(await stores.partitions.tend()).toBe(0)
    }, 30_000)

    it.each([LOG_TABLE, AUDIT_TABLE])(
      'of $name goes on wherever it has ended, and loses nothing that was written before or between',
      async (table) => {
        const stores = await database.openStores()
        let [written, ends] = [0, 0]
        const write = async () => {
          written++
          if (table === LOG_TABLE) await stores.revocations.append([token(`t${written}`)])
          else await audit(`t${written}`, written % 3 === 0 ? null : written)
        }
        await write()
        while (!(await moveAndEnd(table, ends))) {
          ends++
          await write()
          expect(await number(`SELECT COUNT(*) FROM ${table.name}`)).toBe(written)
        }
        expect(ends).toBeGreaterThan(8)
        const ids = (await database.sql(`SELECT ${table === LOG_TABLE ? 'ID' : 'TOKEN_ID'} AS a FROM ${table.name} ORDER BY ${table.key}`)).map(
          ({ a }) => a,
        )
        expect(ids).toEqual(Array.from({ length: written }, (_, index) => `t${index + 1}`))
        expect((await stores.partitions.layouts()).find((layout) => layout.table === table.name)?.state).toBe('partitioned')
      },
      60_000,
    )

    it('lets others write and delete meanwhile, and a reader never sees a gap', async () => {
      const stores = await database.openStores()
      const writers = [await database.open(), await database.open()]
      await database.sql(
        `INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, EXPIRES, CREATED_AT, PURGE_AFTER) VALUES ${Array.from({ length: 900 }, (_, index) => `(${index + 1}, 'token', 'x${index}', 5, 5, 5)`).join()}`,
      )
      await database.sql('UPDATE JETON_HEAD SET SEQ = 900')
      for (let id = 0; id < 20; id++) await audit(`gone ${id}`, 5)
      let [isOver, acknowledged, seen] = [false, 900, 0]
      const lanes = writers.map(async (writer, lane) => {
        for (let round = 0; !isOver; round++) {
          const entries = await writer.revocations.append([token(`${lane}-${round}`)])
          acknowledged += entries.length
        }
      })
      const reading = (async () => {
        while (!isOver) {
          const entries = await stores.revocations.since(seen, 5_000)
          expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => seen + index + 1))
          seen = entries.at(-1)?.seq ?? seen
        }
      })()
      const deleting = (async () => {
        for (let id = 0; id < 20; id++) {
          await database.sql(`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE TOKEN_ID = 'gone ${id}'`)
          await audit(`new ${id}`, 4_000_000_000)
        }
      })()
      const other = await database.open()
      await other.partitions.move(silent)
      await deleting
      isOver = true
      await Promise.all([...lanes, reading])
      expect((await stores.revocations.since(0, 100_000)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: acknowledged }, (_, index) => index + 1),
      )
      expect((await auditRows()).map(([, id]) => id)).toEqual(Array.from({ length: 20 }, (_, id) => `new ${id}`))
    }, 60_000)

    it('is done by one at a time', async () => {
      const [one, other] = [await database.openStores(), await database.open()]
      const outcomes = await Promise.allSettled([one.partitions.move(silent), other.partitions.move(silent)])
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(refused.length).toBeLessThan(2)
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'busy' })
      expect((await one.partitions.layouts()).map(({ state }) => state)).toEqual(['partitioned', 'partitioned'])
    }, 30_000)

    it('is followed by migrations as before', async () => {
      const stores = await database.openStores()
      await stores.partitions.move(silent)
      await database.sql('ALTER TABLE JETON_REVOCATION ADD COLUMN NEW_COLUMN VARCHAR(25)')
      await database.sql('CREATE INDEX IDX_NEW ON JETON_REVOCATION (NEW_COLUMN)')
      await database.sql(`DROP INDEX IDX_JETON_ATA_GRANT${found.engine === 'mysql' ? ' ON IDN_OAUTH2_ACCESS_TOKEN_AUDIT' : ''}`)
      await stores.heads.raiseLifetimes(seconds(3_600), seconds(10 * 86_400))
      expect(await stores.partitions.tend()).toBeGreaterThan(0)
      expect(await stores.revocations.append([token('next')])).toMatchObject([{ seq: 1 }])
      expect((await (await database.open()).migrate()).pending).toEqual([])
    }, 30_000)
  })
}
