import { allStoresContract } from '../../stores/all-stores.contract.js'
import { temporaryDatabases } from './temporary-database.js'

const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

allStoresContract('SQLite', (options) => databases.openStores(options))
