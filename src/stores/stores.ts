import type { AdoptedTokenStore } from './adopted-token-store.js'
import type { AdoptionStore } from './adoption-store.js'
import type { ApplicationStore } from './application-store.js'
import type { ChangeHeads } from './change-heads.js'
import type { ClientStore } from './client-store.js'
import type { GrantStore } from './grant-store.js'
import type { KeyStore } from './key-store.js'
import type { LeaseStore } from './lease-store.js'
import type { NodeStore } from './node-store.js'
import type { PurgeRuns } from './purge-runs.js'
import type { PurgeTarget } from './purge-target.js'
import type { RevocationLog } from './revocation-log.js'
import type { StoreStatus } from './store-status.js'
import type { StoredTokenStore } from './stored-token-store.js'
import type { UserStore } from './user-store.js'

/** Everything that is remembered. Which adapter remembers it is nobody's business but that of who opens it. */
export interface Stores {
  readonly clients: ClientStore
  readonly applications: ApplicationStore
  readonly users: UserStore
  readonly keys: KeyStore
  readonly grants: GrantStore
  readonly storedTokens: StoredTokenStore
  readonly revocations: RevocationLog
  readonly heads: ChangeHeads
  readonly leases: LeaseStore
  readonly nodes: NodeStore
  readonly status: StoreStatus
  readonly adoption: AdoptionStore
  readonly purgeRuns: PurgeRuns
  readonly adoptedTokens: AdoptedTokenStore
  readonly purgeTargets: readonly PurgeTarget[]
  /**
   * Applies the migrations that are missing.
   * @throws CommandRefused when the database has migrations that these do not fit, or is another server's. @throws StoreUnavailable
   */
  migrate(): Promise<MigrationState>
  /**
   * Adds to another server's tables what is missing there; no row of its own changes in any of its columns.
   * @throws CommandRefused when there is nothing to take over, or it is of an unknown kind. @throws StoreUnavailable
   */
  adopt(): Promise<MigrationState>
}

/** Names of migrations: those of this call that were applied, and those that are still missing. */
export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}
