import type { ConnectionUse } from '../adapters/prisma/engines/engine.js'
import type { EventLog } from '../adapters/system/event-log.js'
import type { ExtendedJwtTokenIssuer } from '../issuers/extended-jwt-token-issuer.js'
import type { Sealer } from '../keys/seal.js'
import type { Clock } from '../model/time.js'
import type { Bus } from '../stores/bus.js'
import type { EventSink } from '../stores/event-sink.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import type { LeaseStore } from '../stores/lease-store.js'
import type { NodeStore } from '../stores/node-store.js'
import type { Stores } from '../stores/stores.js'
import type { PasswordHashing } from '../users/password-hash.js'
import type { Siblings } from './workers/siblings.js'

/** What the nodes on one database know of each other through it. */
export interface Among {
  readonly leases: LeaseStore
  readonly nodes: NodeStore
  /** How this process uses its connections to the database. */
  readonly connections: () => ConnectionUse | undefined
}

/** A token issuer of the operator's own, loaded. */
export interface OwnIssuer {
  readonly issuer: ExtendedJwtTokenIssuer
  /** For the claims of one token. */
  readonly timeoutMs: number
}

export interface ShareNeeds {
  /** What all nodes know, once the keys are loaded. @throws StoreUnavailable before */
  readonly secret: () => Buffer
  readonly events: EventSink
}

export type Shared = Required<Pick<Resources, 'bus' | 'tendBus' | 'busVersion' | 'clientFailures' | 'userFailures'>>

/** Everything that touches the outside world, already open. Tests hand in memory stores and a still clock. */
export interface Resources {
  readonly stores: Stores
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: EventLog
  /** It takes as long as it does on purpose: whoever opens the resources says how long. */
  readonly passwords: PasswordHashing
  readonly clientFailures: FailureLimiter
  readonly userFailures: FailureLimiter
  /** Where several nodes share the database; absent: this process has it alone. */
  readonly among?: Among
  /** Puts what the nodes share in the place of what each would have alone; absent: there is nothing to share. */
  readonly share?: (needs: ShareNeeds) => Shared
  /** How the nodes tell each other of changes; absent: they learn of them from the database alone. */
  readonly bus?: Bus
  /** Keeps the bus alive: to be done each second. */
  readonly tendBus?: () => Promise<void>
  /** Of what carries the bus. @throws StoreUnavailable */
  readonly busVersion?: () => Promise<string>
  /** The other processes of this machine; absent: this one serves alone. */
  readonly siblings?: Siblings
  /** What adds claims to JWT access tokens; absent: nobody does. */
  readonly ownIssuer?: OwnIssuer
}
