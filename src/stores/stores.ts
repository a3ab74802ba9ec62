import type { AdoptedTokenStore } from './adopted-token-store.js'
import type { AdoptionStore } from './adoption-store.js'
import type { ApplicationStore } from './application-store.js'
import type { ChangeHeads } from './change-heads.js'
import type { ClientStore } from './client-store.js'
import type { GrantStore } from './grant-store.js'
import type { KeptRows } from './kept-rows.js'
import type { KeyStore } from './key-store.js'
import type { LeaseStore } from './lease-store.js'
import type { NodeStore } from './node-store.js'
import type { OutboxStore } from './outbox-store.js'
import type { Partitions } from './partitions.js'
import type { PurgeRuns } from './purge-runs.js'
import type { PurgeTarget } from './purge-target.js'
import type { RevocationLog } from './revocation-log.js'
import type { SessionRules } from './session-rules.js'
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
  readonly outbox: OutboxStore
  readonly heads: ChangeHeads
  readonly leases: LeaseStore
  readonly nodes: NodeStore
  readonly status: StoreStatus
  readonly adoption: AdoptionStore
  readonly purgeRuns: PurgeRuns
  readonly adoptedTokens: AdoptedTokenStore
  readonly keptRows: KeptRows
  readonly purgeTargets: readonly PurgeTarget[]
  readonly partitions: Partitions
  /** Stored login sessions, which are purged by other rules now and then; none where nobody can have stored any. */
  sessionTargets(rules: SessionRules): readonly PurgeTarget[]
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
