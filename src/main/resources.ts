import type { EventLog } from '../adapters/system/event-log.js'
import type { Sealer } from '../keys/seal.js'
import type { Clock } from '../model/time.js'
import type { ChangeHeads } from '../stores/change-heads.js'
import type { ClientStore } from '../stores/client-store.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import type { GrantStore } from '../stores/grant-store.js'
import type { KeyStore } from '../stores/key-store.js'
import type { PurgeTarget } from '../stores/purge-target.js'
import type { RevocationLog } from '../stores/revocation-log.js'
import type { StoreStatus } from '../stores/store-status.js'
import type { StoredTokenStore } from '../stores/stored-token-store.js'
import type { UserStore } from '../stores/user-store.js'

/** Everything that is remembered. Which adapter remembers it is nobody's business but `open-resources`. */
export interface Stores {
  readonly clients: ClientStore
  readonly users: UserStore
  readonly keys: KeyStore
  readonly grants: GrantStore
  readonly storedTokens: StoredTokenStore
  readonly revocations: RevocationLog
  readonly heads: ChangeHeads
  readonly status: StoreStatus
  readonly purgeTargets: readonly PurgeTarget[]
  migrate(): Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
}

/** Everything that touches the outside world, already open. Tests hand in memory stores and a still clock. */
export interface Resources {
  readonly stores: Stores
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: EventLog
  readonly clientFailures: FailureLimiter
  readonly userFailures: FailureLimiter
}
