import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabaseSession } from '../../../../src/adapters/prisma/database-session.js'
import { createPartitionDropper } from '../../../../src/adapters/prisma/partitions/partition-dropper.js'
import { LOG_TABLE } from '../../../../src/adapters/prisma/partitions/partitioned-tables.js'
import { createPartitionedTarget, type Preparation } from '../../../../src/adapters/prisma/purge/partitioned-target.js'
import { prepareEntries } from '../../../../src/adapters/prisma/purge/prepare-entries.js'
import { createRevocationsTarget } from '../../../../src/adapters/prisma/purge/revocations-target.js'
import { clientId, keyId, tokenId } from '../../../../src/model/ids.js'
import { NEVER } from '../../../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../../../src/model/time.js'
import { type DoomedRows, totalOf } from '../../../../src/stores/purge-target.js'
import { toldRows } from '../../../purge/told-rows.js'
import { aClient, aStoredToken, countRows, databaseTime, hash, type OpenedStores, purgeTarget, storeBeside } from '../../../stores/opened-stores.js'
import type { FoundEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'
import { layOut } from './lay-out.js'

const HOUR = 3600
const BATCH = { limit: 2, safePeriod: seconds(0) }
const token = (id: string) => ({ kind: 'token', id: tokenId(id), expiresAt: undefined }) as const

/** What the purge promises where tables lie in partitions. */
export function dropContract(found: FoundEngine): void {
  describe(`The purge of partitions (${found.version})`, () => {
    let database: ServerDatabase
    let stores: OpenedStores
    let now: number
    beforeEach(async () => {
      database = await createServerDatabase(found)
      stores = await database.openStores({ cleanup: { kind: 'audit', retention: seconds(100) } })
      now = await databaseTime(stores)
    })
    afterEach(() => database.drop())

    const divide = () =>
      layOut(database, [
        { from: undefined, to: now - 3 * HOUR },
        { from: now - 3 * HOUR, to: now - 2 * HOUR },
        { from: now - 2 * HOUR, to: now + HOUR },
      ])
    const partitions = async () => (await stores.partitions.layouts()).map((layout) => layout.partitions)
    const ids = async () => (await stores.revocations.since(0, 100)).map(({ id }) => id)
    const audit = (id: string, purgeAfter: number | null) =>
      database.sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, PURGE_AFTER) VALUES ('${id}', ${purgeAfter})`)
    const audited = async () => (await database.sql('SELECT TOKEN_ID AS a FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT ORDER BY ID')).map(({ a }) => a)
    /** Who may read and write rows, and nothing else. */
    async function createAccount() {
      const name = `jeton_rows_${randomBytes(4).toString('hex')}`
      const url = new URL(database.url)
      const schema = url.pathname.slice(1)
      url.username = name
      url.password = 'secret'
      const rights = 'SELECT, INSERT, UPDATE, DELETE'
      if (found.engine === 'postgresql') {
        await database.sql(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`)
        await database.sql(`GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${name}`)
        return { url: url.href, drop: () => database.sql(`DROP OWNED BY ${name}; DROP ROLE ${name}`) }
      }
      await database.sql(`CREATE USER ${name} IDENTIFIED BY 'secret'`)
      await database.sql(`GRANT ${rights} ON ${schema}.* TO ${name}`)
      return { url: url.href, drop: () => database.sql(`DROP USER ${name}`) }
    }
    async function purge(name: string): Promise<number> {
      const target = purgeTarget(stores, name)
      let [gone, after]: [number, string | null] = [0, null]
      do {
        const batch = await target.deleteBatch({ ...BATCH, after })
        gone += totalOf(batch.deleted)
        after = batch.after
      } while (after !== null)
      return gone
    }

    it('drops what has passed as a whole, says up to where entries may be missing, and the log goes on', async () => {
      await stores.revocations.append([token('a'), token('b'), { kind: 'key', id: keyId('k') }, token('c')])
      await stores.age(5 * HOUR)
      await stores.revocations.append([token('new')])
      await divide()
      expect(await countRows(purgeTarget(stores, 'revocations'))).toBe(3)
      expect(await purge('revocations')).toBe(3)
      expect(await countRows(purgeTarget(stores, 'revocations'))).toBe(0)
      expect(await ids()).toEqual(['k', 'new'])
      expect(await stores.heads.read()).toMatchObject({ seq: 5, trimmedTo: 4 })
      // The two of the log whose time is over, and none of the audit.
      expect(await partitions()).toEqual([1, 3])
      expect(await stores.revocations.append([token('next')])).toMatchObject([{ seq: 6 }])
    })

    it('drops a partition that is older than a column of its table', async () => {
      await stores.revocations.append([token('a')])
      await stores.age(5 * HOUR)
      await divide()
      await database.sql('ALTER TABLE JETON_REVOCATION ADD COLUMN LATER BIGINT NOT NULL DEFAULT 7')
      await stores.revocations.append([token('b')])
      expect(await purge('revocations')).toBe(1)
      expect((await database.sql('SELECT ID AS a, LATER AS b FROM JETON_REVOCATION')).map(({ a, b }) => [a, Number(b)])).toEqual([['b', 7]])
    })

    it('marks the stored tokens that entries hit, before these go', async () => {
      await stores.clients.create(aClient())
      await stores.clients.create(aClient('client-2'))
      const store = (id: string, client: string) =>
        storeBeside(
          stores,
          aStoredToken(epochSeconds(now), {
            tokenId: tokenId(id),
            accessTokenHash: hash(id),
            clientId: clientId(client),
            refreshExpiresAt: epochSeconds(now + 100 * HOUR),
          }),
        )
      await store('hit', 'client-1')
      await store('other', 'client-2')
      await stores.revocations.append([token('x'), token('y'), token('z'), { kind: 'client', id: clientId('client-1'), open: true }, token('v')])
      await stores.age(5 * HOUR)
      await divide()
      expect(await purge('revocations')).toBe(5)
      expect(await stores.storedTokens.findByAccessToken(hash('hit'))).toMatchObject({ state: 'REVOKED' })
      expect(await stores.storedTokens.findByAccessToken(hash('other'))).toMatchObject({ state: 'ACTIVE' })
    })

    it('keeps a partition as long as one of its entries is young, and everything in it', async () => {
      await stores.revocations.append([token('a'), token('b'), token('c')])
      await stores.age(5 * HOUR)
      await divide()
      await database.sql(`UPDATE JETON_REVOCATION SET CREATED_AT = ${now - 60} WHERE SEQ = 2`)
      expect(await purge('revocations')).toBe(0)
      expect(await ids()).toEqual(['a', 'b', 'c'])
      await stores.age(HOUR)
      expect(await purge('revocations')).toBe(3)
    })

    it('keeps a partition that has got an entry since it was prepared, entry by entry', async () => {
      await stores.revocations.append([token('a'), token('b'), token('c')])
      await stores.age(5 * HOUR)
      await divide()
      const engine = await database.openEngine()
      const session = createDatabaseSession(engine)
      const late = `INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, EXPIRES, CREATED_AT, PURGE_AFTER) VALUES (4, 'token', 'late', 5, ${now - 4 * HOUR}, 5)`
      let stretches = 0
      const prepare: Preparation = {
        ...prepareEntries,
        size: 1,
        stretch: (transaction, stretch) => {
          stretches++
          return prepareEntries.stretch(transaction, stretch)
        },
        unless: async (...needs) => {
          await database.sql(late)
          await database.sql('UPDATE JETON_HEAD SET SEQ = 4')
          return prepareEntries.unless(...needs)
        },
      }
      const byRow = (from?: string) => createRevocationsTarget(session, from)
      const target = createPartitionedTarget(session, createPartitionDropper(session, engine, LOG_TABLE), { byRow, prepare })
      let after: string | null = null
      do after = (await target.deleteBatch({ ...BATCH, after })).after
      while (after !== null)
      await session.close()
      expect(stretches).toBe(4)
      expect(await ids()).toEqual(['a', 'b', 'c', 'late'])
      expect(await purge('revocations')).toBe(4)
    })

    it('gives up where others have the table, keeps nobody waiting, and drops the next time', async () => {
      await stores.revocations.append([token('a')])
      await stores.age(5 * HOUR)
      await divide()
      await database.sql('BEGIN')
      await database.sql('SELECT * FROM JETON_REVOCATION')
      let [isOver, written] = [false, 0]
      const writing = (async () => {
        while (!isOver) written += (await stores.revocations.append([token('b')])).length
      })()
      expect(await purge('revocations')).toBe(0)
      isOver = true
      await writing
      expect(written).toBeGreaterThan(5)
      await database.sql('COMMIT')
      expect(await purge('revocations')).toBe(1)
    }, 30_000)

    it('waits for whoever has what an earlier drop has left behind', async () => {
      await stores.revocations.append([token('a')])
      await stores.age(5 * HOUR)
      await divide()
      await database.sql('CREATE TABLE JETON_REVOCATION_GONE (ID BIGINT)')
      await database.sql('BEGIN')
      await database.sql('SELECT * FROM JETON_REVOCATION_GONE')
      const purging = purge('revocations')
      await sleep(300)
      await database.sql('COMMIT')
      expect(await purging).toBe(1)
    })

    it('drops nothing once the lease is lost', async () => {
      await audit('a', 5)
      await divide()
      const lease = await stores.leases.take('purge', 'one', seconds(60))
      if (lease === undefined) throw new Error('no lease')
      await stores.leases.release(lease)
      await stores.leases.take('purge', 'other', seconds(60))
      await expect(purgeTarget(stores, 'audit').deleteBatch({ ...BATCH, after: null, lease })).rejects.toMatchObject({ code: 'purge_superseded' })
      expect(await audited()).toEqual(['a'])
    })

    it('lets rows of the audit go with their partition, those in none one by one, and those of WSO2 never', async () => {
      await audit('of WSO2', null)
      await audit('old', 5)
      await audit('older', now - 3 * HOUR + 5)
      await audit('living', now + 60)
      await audit('far', now + 100 * HOUR)
      await audit('too far', NEVER - 1)
      await divide()
      const target = purgeTarget(stores, 'audit')
      expect([await countRows(target), await target.lag?.({ safePeriod: seconds(0) })]).toEqual([2, expect.any(Number)])
      expect(await purge('audit')).toBe(2)
      expect(await audited()).toEqual(['of WSO2', 'living', 'far', 'too far'])
      await stores.age(1)
      await database.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN_AUDIT SET PURGE_AFTER = ${now - 5 * HOUR} WHERE TOKEN_ID LIKE '%far'`)
      expect(await purge('audit')).toBe(found.engine === 'postgresql' ? 2 : 0)
    })

    it('deletes row by row where the account may do no more than that, and says what it lacks to make partitions', async () => {
      for (const id of ['a', 'b', 'c', 'living']) await audit(id, id === 'living' ? now + 60 : 5)
      await stores.revocations.append([token('a')])
      await stores.age(5 * HOUR)
      const account = await createAccount()
      try {
        await divide()
        const modest = await database.open({ url: account.url })
        const run = async (name: string) => {
          const target = modest.purgeTargets.find((one) => one.name === name)
          let [gone, after]: [number, string | null | undefined] = [0, null]
          for (let batches = 0; target !== undefined && after !== undefined && (batches === 0 || after !== null); batches++) {
            const batch = await target.deleteBatch({ ...BATCH, after })
            gone += totalOf(batch.deleted)
            after = batch.after
          }
          return gone
        }
        expect([await run('audit'), await run('revocations')]).toEqual([4, 1])
        await stores.heads.raiseLifetimes(seconds(HOUR), seconds(30 * 24 * HOUR))
        await expect(modest.partitions.tend()).rejects.toMatchObject({ code: 'not_allowed' })
      } finally {
        await database.closeAll()
        await account.drop()
      }
    }, 30_000)

    it('tells who keeps rows of each of them, and takes them one by one then', async () => {
      for (const id of ['a', 'b', 'c']) await audit(id, 5)
      await divide()
      const told: DoomedRows[] = []
      const keep = async (rows: readonly DoomedRows[]) => void told.push(...rows)
      const batch = await purgeTarget(stores, 'audit').deleteBatch({ ...BATCH, after: null, keep })
      expect([totalOf(batch.deleted), toldRows(told).length]).toEqual([2, 2])
      expect(await audited()).toHaveLength(1)
      expect(totalOf((await purgeTarget(stores, 'audit').deleteBatch({ ...BATCH, after: null, keepInTable: 'a run' })).deleted)).toBe(1)
      expect(await database.sql(`SELECT ROW_TABLE AS a FROM JETON_PURGE_BACKUP`)).toHaveLength(1)
    })

    it('gives rows a partition that had none, once it is known how far ahead they are', async () => {
      await divide()
      await stores.heads.raiseLifetimes(seconds(HOUR), seconds(30 * 24 * HOUR))
      await stores.revocations.append([token('a'), token('b')])
      expect((await stores.partitions.layouts())[0]?.unplaced).toBe(2)
      expect(await stores.partitions.tend()).toBeGreaterThan(30)
      expect((await stores.partitions.layouts()).map(({ unplaced }) => unplaced)).toEqual([0, 0])
      expect(await ids()).toEqual(['a', 'b'])
      expect(await stores.partitions.tend()).toBe(0)
    }, 30_000)
  })
}
