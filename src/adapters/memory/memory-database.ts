import { CommandRefused } from '../../errors/operational-errors.js'
import type { Clock } from '../../model/time.js'
import type { Stores } from '../../stores/stores.js'
import { memoryAdoptedTokenStore } from './memory-adopted-token-store.js'
import { memoryAdoptionStore } from './memory-adoption-store.js'
import { createMemoryApplicationStore } from './memory-application-store.js'
import { createMemoryChangeHeads } from './memory-change-heads.js'
import { createMemoryClientStore } from './memory-client-store.js'
import { createMemoryGrantStore } from './memory-grant-store.js'
import { createMemoryKeptRows } from './memory-kept-rows.js'
import { createMemoryKeyStore } from './memory-key-store.js'
import { createMemoryLeaseStore } from './memory-lease-store.js'
import { createMemoryNodeStore } from './memory-node-store.js'
import { createMemoryOutboxStore } from './memory-outbox-store.js'
import { memoryPartitions } from './memory-partitions.js'
import { createMemoryPurgeRuns } from './memory-purge-runs.js'
import { createMemoryPurgeTargets } from './memory-purge-targets.js'
import { createMemoryRevocationLog } from './memory-revocation-log.js'
import { createMemoryState, type MemoryLimits } from './memory-state.js'
import { createMemoryStoreStatus } from './memory-store-status.js'
import { createMemoryStoredTokenStore } from './memory-stored-token-store.js'
import { createMemoryUserStore } from './memory-user-store.js'

/** Everything that is remembered, for as long as the process lives. */
export interface MemoryDatabase extends Stores {
  close(): Promise<void>
}

/** A database without a file, whose time is the clock's. */
export function createMemoryDatabase(clock: Clock, limits: MemoryLimits): MemoryDatabase {
  const state = createMemoryState(clock, limits)
  return {
    clients: createMemoryClientStore(state),
    applications: createMemoryApplicationStore(state),
    users: createMemoryUserStore(state),
    keys: createMemoryKeyStore(state),
    grants: createMemoryGrantStore(state),
    storedTokens: createMemoryStoredTokenStore(state),
    revocations: createMemoryRevocationLog(state),
    outbox: createMemoryOutboxStore(state),
    heads: createMemoryChangeHeads(state),
    leases: createMemoryLeaseStore(state),
    nodes: createMemoryNodeStore(state),
    status: createMemoryStoreStatus(state),
    purgeRuns: createMemoryPurgeRuns(state),
    keptRows: createMemoryKeptRows(state),
    purgeTargets: createMemoryPurgeTargets(state),
    partitions: memoryPartitions,
    sessionTargets: () => [],
    adoption: memoryAdoptionStore,
    adoptedTokens: memoryAdoptedTokenStore,
    migrate: async () => ({ applied: [], pending: [] }),
    adopt: () => Promise.reject(new CommandRefused('nothing_to_adopt', "this database was never anybody else's")),
    close: async () => {
      state.closed = true
    },
  }
}
