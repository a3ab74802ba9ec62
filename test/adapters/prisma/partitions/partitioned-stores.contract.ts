import { purgeTargetsContract } from '../../../stores/purge-targets.contract.js'
import { revocationLogContract } from '../../../stores/revocation-log.contract.js'
import { tokenCleanupContract } from '../../../stores/token-cleanup.contract.js'
import type { FoundEngine } from '../engines.js'
import { logWritersContract } from '../log-writers.contract.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'
import { layOut } from './lay-out.js'

/** Nothing that the stores promise changes with the layout. */
export function partitionedStoresContract(found: FoundEngine): void {
  describe.each([
    ['rows without a partition of their own', []],
    [
      'a partition for each time',
      Array.from({ length: 8 }, (_, index) => ({ from: 1_700_000_000 + index * 50_000_000, to: 1_750_000_000 + index * 50_000_000 })),
    ],
  ])('With %s', (_layout, ranges) => {
    let database: ServerDatabase
    beforeAll(async () => {
      database = await createServerDatabase(found)
      await database.openStores()
      await layOut(database, ranges)
    }, 30_000)
    afterEach(() => database.closeAll())
    afterAll(() => database.drop())
    const name = `${found.version}, partitioned`

    revocationLogContract(name, (options) => database.openStores(options))
    logWritersContract(name, () => database)
    // The rows of a partition go together, and not as many as a batch has: see the contract of dropping.
    if (ranges.length > 0) return
    tokenCleanupContract(name, (options) => database.openStores(options))
    purgeTargetsContract(name, (options) => database.openStores(options))
  })
}
