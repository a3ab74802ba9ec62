import { allStoresContract } from '../../stores/all-stores.contract.js'
import { describeOn, findEngine } from './engines.js'
import { logWritersContract } from './log-writers.contract.js'
import { createServerDatabase, type ServerDatabase } from './server-database.js'
import { serverEngineContract } from './server-engine.contract.js'
import { serverMigrationsContract } from './server-migrations.contract.js'

const found = await findEngine('mysql')

describeOn(found, () => {
  let database: ServerDatabase
  beforeAll(async () => {
    database = await createServerDatabase(found)
  })
  afterEach(() => database.closeAll())
  afterAll(() => database.drop())

  serverEngineContract(found.version ?? '', () => database)
  logWritersContract(found.version ?? '', () => database)
  serverMigrationsContract(found)
  allStoresContract(found.version ?? 'MySQL', () => database.openStores())
})
