import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { Application } from '../../model/application.js'
import type { Client } from '../../model/client.js'
import type { GrantRow, Outage } from '../../model/grant.js'
import type { ApplicationId, ClientId, GrantId, TokenId, UserId } from '../../model/ids.js'
import { type Clock, type EpochSeconds, epochSeconds, type Seconds, seconds } from '../../model/time.js'
import type { User } from '../../model/user.js'
import type { Heads } from '../../stores/change-heads.js'
import type { StoredKey } from '../../stores/key-store.js'
import type { Lease } from '../../stores/lease-store.js'
import type { JetonNode } from '../../stores/node-store.js'
import type { LoggedRevocation, OutboxPosition } from '../../stores/outbox-store.js'
import type { PastPurge } from '../../stores/purge-runs.js'
import type { StoredToken, TokenCleanup } from '../../stores/stored-token-store.js'
import type { ChainedEntry } from '../../verification/log-chain.js'

export interface MemoryLimits {
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
  /** By default tokens that leave ACTIVE stay until they have expired. */
  readonly cleanup?: TokenCleanup
}

/** A stored token that has left the table. */
export interface AuditedToken {
  readonly token: StoredToken
  readonly purgeAfter: EpochSeconds
}

type Changeable<Value> = { -readonly [Field in keyof Value]: Value[Field] }

/** What a database would hold. Stores change it without waiting in between, so each of their verbs is atomic. */
export interface MemoryState {
  readonly clock: Clock
  readonly limits: MemoryLimits
  readonly clients: Map<ClientId, Client>
  readonly applications: Map<ApplicationId, Application>
  readonly users: Map<UserId, User>
  readonly grants: Map<GrantId, GrantRow>
  readonly storedTokens: Map<TokenId, StoredToken>
  /** Those of the stored tokens that were issued for the one place of their client, subject and scopes. */
  readonly inOnlyPlace: Set<TokenId>
  readonly leases: Map<string, Lease & { readonly expiresMs: number }>
  readonly nodes: Map<string, JetonNode>
  readonly purgeRuns: Map<string, PastPurge>
  /** By target: where its next run goes on. */
  readonly purgePlaces: Map<string, string | null>
  readonly head: Changeable<Omit<Heads, 'databaseTimeMs'>>
  outage: Outage
  audit: readonly AuditedToken[]
  keys: readonly StoredKey[]
  log: readonly (LoggedRevocation & ChainedEntry)[]
  /** By name. */
  readonly outboxes: Map<string, OutboxPosition & { readonly fence: number }>
  closed: boolean
}

export function createMemoryState(clock: Clock, limits: MemoryLimits): MemoryState {
  const none = seconds(0)
  const counters = { seq: 0, link: '', trimmedTo: 0, clients: 0, users: 0, keys: 0 }
  return {
    clock,
    limits,
    clients: new Map(),
    applications: new Map(),
    users: new Map(),
    grants: new Map(),
    storedTokens: new Map(),
    inOnlyPlace: new Set(),
    leases: new Map(),
    nodes: new Map(),
    outboxes: new Map(),
    purgeRuns: new Map(),
    purgePlaces: new Map(),
    head: { epoch: clock.nowMs(), ...counters, longestAccessLifetime: none, longestRefreshLifetime: none },
    outage: { began: epochSeconds(0), ended: epochSeconds(0) },
    audit: [],
    keys: [],
    log: [],
    closed: false,
  }
}

/** Answers as a database would: later, and not at all once it is closed. */
export async function answer<Value>(state: MemoryState, work: () => Value): Promise<Value> {
  if (state.closed) throw new StoreUnavailable('database', { cause: new Error('the database has been closed') })
  return work()
}
