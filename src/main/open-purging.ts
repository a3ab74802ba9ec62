import { createSystemClock } from '../adapters/system/clock.js'
import type { PurgeOperations } from './commands/operations.js'
import { composePurger } from './compose/compose-purger.js'
import { composePurging } from './compose/compose-purging.js'
import { makeNodeId } from './compose/node-id.js'
import { demandSchema } from './demand-schema.js'
import { getSettings } from './load-configuration.js'
import { openStorage } from './open-storage.js'
import type { OpenedDatabase } from './run-on-database.js'

/**
 * Opens the configured database for one purge by this process, and nothing else: whoever is at work beside it would pay for each module that is loaded.
 * @throws CommandRefused @throws StoreUnavailable
 */
export async function openPurging(configFile: string | undefined): Promise<OpenedDatabase<PurgeOperations>> {
  const settings = getSettings(configFile)
  const storage = await openStorage(settings)
  if (storage === undefined) return { heldBy: 'another process' }
  const { stores, close } = storage
  try {
    await demandSchema(stores)
    const resources = { stores, clock: createSystemClock() }
    const purge = composePurger(resources, { events: () => undefined, nodeId: makeNodeId() })
    return { operations: composePurging(settings, resources, purge), close }
  } catch (error) {
    await close()
    throw error
  }
}
