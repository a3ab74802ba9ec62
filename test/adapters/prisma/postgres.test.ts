import { allStoresContract } from '../../stores/all-stores.contract.js'
import { aClient, aStep, aStoredToken, databaseTime, hash, storeBeside } from '../../stores/opened-stores.js'
import { clientWritersContract } from './client-writers.contract.js'
import { describeOn, findEngine } from './engines.js'
import { grantWritersContract } from './grant-writers.contract.js'
import { logWritersContract } from './log-writers.contract.js'
import { createServerDatabase, type ServerDatabase } from './server-database.js'
import { serverEngineContract } from './server-engine.contract.js'
import { serverMigrationsContract } from './server-migrations.contract.js'

const found = await findEngine('postgres')

describeOn(found, () => {
  let database: ServerDatabase
  beforeAll(async () => {
    database = await createServerDatabase(found)
  })
  afterEach(() => database.closeAll())
  afterAll(() => database.drop())

  serverEngineContract(found.version ?? '', () => database)
  grantWritersContract(found.version ?? '', () => database)
  logWritersContract(found.version ?? '', () => database)
  clientWritersContract(found.version ?? '', () => database)
  serverMigrationsContract(found)
  describe('A database with settings of its own', () => {
    it('has no say in time zone and isolation', async () => {
      const name = new URL(database.url).pathname.slice(1)
      await database.sql(`ALTER DATABASE ${name} SET timezone = 'Asia/Kolkata'`)
      await database.sql(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`)
      const stores = await database.openStores()
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      await storeBeside(stores, aStoredToken(now))
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toMatchObject({ issuedAt: now, expiresAt: now + 3600 })
      expect((await stores.status.storedTokens(100))[0]).toMatchObject({ alive: 1, lastExpiry: now + 86_400 })
      const written = await database.sql('SELECT EXTRACT(EPOCH FROM TIME_CREATED)::BIGINT AS at FROM IDN_OAUTH2_ACCESS_TOKEN')
      expect(Number(written[0]?.at)).toBe(now)
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => stores.grants.advance(aStep())))
      expect(outcomes.filter(({ standing }) => standing === 'current')).toHaveLength(1)
    })
  })
  allStoresContract(found.version ?? 'PostgreSQL', (options) => database.openStores(options))
})
