import { allStoresContract } from '../../stores/all-stores.contract.js'
import { clientWritersContract } from './client-writers.contract.js'
import { describeOn, findEngine } from './engines.js'
import { grantWritersContract } from './grant-writers.contract.js'
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
  grantWritersContract(found.version ?? '', () => database)
  logWritersContract(found.version ?? '', () => database)
  clientWritersContract(found.version ?? '', () => database)
  serverMigrationsContract(found)
  describe('A connection', () => {
    it('has settings of its own, whatever the server has', async () => {
      const engine = await database.openEngine({ statementTimeoutMs: 2_000 })
      const rows =
        await engine.client.$queryRawUnsafe<readonly { readonly Variable_name: string; readonly Value: string }[]>('SHOW SESSION VARIABLES')
      const settings = new Map(rows.map((row) => [row.Variable_name, row.Value]))
      expect(settings.get('time_zone')).toBe('+00:00')
      expect(settings.get('tx_isolation') ?? settings.get('transaction_isolation')).toBe('READ-COMMITTED')
      expect(settings.get('sql_mode')).toContain('STRICT_ALL_TABLES')
      expect(settings.get('innodb_lock_wait_timeout')).toBe('2')
      expect(Number(settings.get('max_statement_time') ?? Number(settings.get('max_execution_time')) / 1000)).toBe(2)
      await engine.close()
    })
  })
  allStoresContract(found.version ?? 'MySQL', (options) => database.openStores(options))
})
