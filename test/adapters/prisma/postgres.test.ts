import { allStoresContract } from '../../stores/all-stores.contract.js'
import { describeOn, findEngine } from './engines.js'
import { createServerDatabase, type ServerDatabase } from './server-database.js'

const found = await findEngine('postgres')

describeOn(found, () => {
  let database: ServerDatabase
  beforeAll(async () => {
    database = await createServerDatabase(found)
  })
  afterEach(() => database.closeAll())
  afterAll(() => database.drop())

  allStoresContract(found.version ?? 'PostgreSQL', () => database.openStores())
})
