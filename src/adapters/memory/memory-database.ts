import type { Clock } from '../../model/time.js'
import type { ChangeHeads } from '../../stores/change-heads.js'
import type { ClientStore } from '../../stores/client-store.js'
import type { GrantStore } from '../../stores/grant-store.js'
import type { KeyStore } from '../../stores/key-store.js'
import type { LeaseStore } from '../../stores/lease-store.js'
import type { NodeStore } from '../../stores/node-store.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { RevocationLog } from '../../stores/revocation-log.js'
import type { StoreStatus } from '../../stores/store-status.js'
import type { StoredTokenStore } from '../../stores/stored-token-store.js'
import type { UserStore } from '../../stores/user-store.js'
import { createMemoryChangeHeads } from './memory-change-heads.js'
import { createMemoryClientStore } from './memory-client-store.js'
import { createMemoryGrantStore } from './memory-grant-store.js'
import { createMemoryKeyStore } from './memory-key-store.js'
import { createMemoryLeaseStore } from './memory-lease-store.js'
import { createMemoryNodeStore } from './memory-node-store.js'
import { createMemoryPurgeTargets } from './memory-purge-targets.js'
import { createMemoryRevocationLog } from './memory-revocation-log.js'
import { createMemoryState, type MemoryLimits } from './memory-state.js'
import { createMemoryStoreStatus } from './memory-store-status.js'
import { createMemoryStoredTokenStore } from './memory-stored-token-store.js'
import { createMemoryUserStore } from './memory-user-store.js'

/** Everything that is remembered, for as long as the process lives. */
export interface MemoryDatabase {
  readonly clients: ClientStore
  readonly users: UserStore
  readonly keys: KeyStore
  readonly grants: GrantStore
  readonly storedTokens: StoredTokenStore
  readonly revocations: RevocationLog
  readonly heads: ChangeHeads
  readonly leases: LeaseStore
  readonly nodes: NodeStore
  readonly status: StoreStatus
  readonly purgeTargets: readonly PurgeTarget[]
  migrate(): Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
  close(): Promise<void>
}

/** A database without a file, whose time is the clock's. */
export function createMemoryDatabase(clock: Clock, limits: MemoryLimits): MemoryDatabase {
  const state = createMemoryState(clock, limits)
  return {
    clients: createMemoryClientStore(state),
    users: createMemoryUserStore(state),
    keys: createMemoryKeyStore(state),
    grants: createMemoryGrantStore(state),
    storedTokens: createMemoryStoredTokenStore(state),
    revocations: createMemoryRevocationLog(state),
    heads: createMemoryChangeHeads(state),
    leases: createMemoryLeaseStore(state),
    nodes: createMemoryNodeStore(state),
    status: createMemoryStoreStatus(state),
    purgeTargets: createMemoryPurgeTargets(state),
    migrate: async () => ({ applied: [], pending: [] }),
    close: async () => {
      state.closed = true
    },
  }
}
