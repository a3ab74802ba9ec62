import type { MoveApplications } from '../../applications/move-applications.js'
import type { ClientRegistry } from '../../clients/manage-clients.js'
import type { KeyState, RotatingUse } from '../../keys/key-state.js'
import type { KeyRotation } from '../../keys/rotate-keys.js'
import type { KeyId } from '../../model/ids.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { Clock, EpochSeconds } from '../../model/time.js'
import type { ImportedRevocations } from '../../stores/adoption-store.js'
import type { PastPurge, PurgeRuns } from '../../stores/purge-runs.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { AliveTokens } from '../../stores/store-status.js'
import type { UserRegistry } from '../../users/manage-users.js'

export interface KeyListing {
  readonly keyId: KeyId
  readonly algorithm: string
  readonly use: RotatingUse
  readonly state: KeyState
  readonly createdAt: EpochSeconds
  readonly signsFrom: EpochSeconds | undefined
  readonly retiresAt: EpochSeconds | undefined
}

export interface KeyOperations extends Pick<KeyRotation, 'rotate' | 'retire' | 'revoke' | 'rewrap' | 'import'> {
  /** The keys that sign tokens, oldest first. @throws StoreUnavailable */
  list(): Promise<readonly KeyListing[]>
}

export interface StatusReport {
  readonly version: string
  readonly epoch: string
  readonly seq: number
  readonly schema: { readonly engine: string; readonly applied: readonly string[]; readonly pending: readonly string[] }
  readonly nodes: readonly { readonly id: string; readonly seq: number; readonly lastSeen: EpochSeconds }[]
  readonly storedTokens: readonly AliveTokens[]
  /** Of each target that was ever purged. */
  readonly lastPurge: readonly PastPurge[]
  readonly keys: readonly KeyListing[]
}

export interface AdoptionReport extends ImportedRevocations {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Clients whose kind of token is known now. */
  readonly tokenTypes: number
}

export interface DoctorCheck {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly remedy?: string
}

/** What the command line can ask of a Jeton, be it the running server or this process on its own. */
export interface Operations {
  readonly clock: Clock
  readonly clients: ClientRegistry
  readonly moveApplications: MoveApplications
  readonly users: UserRegistry
  /** Durable, and in force in this process, when it returns. @throws StoreUnavailable, Overloaded */
  readonly revoke: (revocation: NewRevocation) => Promise<RevocationEntry>
  /** Revokes what the token's value stands for. @returns undefined when it is no live token of this server. @throws StoreUnavailable, Overloaded */
  readonly revokeToken: (token: string) => Promise<RevocationEntry | undefined>
  readonly keys: KeyOperations
  /** In the order in which they are purged. */
  readonly purgeTargets: readonly PurgeTarget[]
  /** Rows that one statement deletes. */
  readonly purgeBatch: number
  readonly purgeRuns: Pick<PurgeRuns, 'record'>
  readonly status: () => Promise<StatusReport>
  readonly doctor: () => Promise<readonly DoctorCheck[]>
  /** Applies the migrations that are pending. @throws StoreUnavailable */
  readonly migrate: () => Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
  /** Takes over a database of WSO2's, or what has come into it since. @throws CommandRefused @throws StoreUnavailable */
  readonly adopt: () => Promise<AdoptionReport>
}
