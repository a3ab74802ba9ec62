import type { MoveApplications } from '../../applications/move-applications.js'
import type { ClientRegistry } from '../../clients/manage-clients.js'
import type { KeyState, RotatingUse } from '../../keys/key-state.js'
import type { KeyRotation } from '../../keys/rotate-keys.js'
import type { KeyId } from '../../model/ids.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { Clock, EpochSeconds } from '../../model/time.js'
import type { PurgeRequest, Purger } from '../../purge/create-purger.js'
import type { RestoreOutcome } from '../../purge/restore-rows.js'
import type { ImportedRevocations } from '../../stores/adoption-store.js'
import type { Partitions, TableLayout } from '../../stores/partitions.js'
import type { PastPurge } from '../../stores/purge-runs.js'
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
  /** Of the tables that can lie in partitions. */
  readonly layouts: readonly TableLayout[]
}

export interface AdoptionReport extends ImportedRevocations {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Clients whose kind of token is known now. */
  readonly tokenTypes: number
}

/** By what a stored login session ends that nobody has ended. */
export type SessionTime = 'expiry' | 'created'

/** What a purge keeps to where the command line says nothing else. */
export type PurgeLimits = Pick<PurgeRequest, 'batch' | 'lockTimeMs' | 'safePeriod' | 'pauseMs' | 'yields' | 'maxReplicationLagMs'>

/** A file that takes what a purge deletes. */
export interface OpenBackup {
  readonly keep: NonNullable<PurgeRequest['keep']>
  /** Says that nothing is missing in it. */
  end(): Promise<void>
  close(): Promise<void>
}

export interface RestoreRequest {
  readonly dryRun: boolean
  /** Of a file whose end is missing: what there is of it. */
  readonly partial: boolean
  readonly signal: AbortSignal
}

export interface RestoreReport {
  readonly outcome: RestoreOutcome
  /** Whether all of the backup was there. */
  readonly complete: boolean
}

export interface PurgeBackups {
  /** The name of a run, for the rows that it keeps. */
  newRun(): string
  /** A new file. @throws CommandRefused `backup_exists`, `backup_failed` @throws StoreUnavailable */
  create(path: string, run: string): Promise<OpenBackup>
  /** @throws CommandRefused `no_file`, `bad_backup`, `truncated_backup`, `foreign_backup` @throws StoreUnavailable */
  restoreFile(path: string, request: RestoreRequest): Promise<RestoreReport>
  /** Of the newest run that was kept in the database. @throws CommandRefused `no_backup` @throws StoreUnavailable */
  restoreTable(request: Omit<RestoreRequest, 'partial'>): Promise<RestoreReport>
}

export interface DoctorCheck {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly remedy?: string
}

/** What can be asked without keys, clients and tokens: of the rows themselves. */
export interface PurgeOperations {
  /** In the order in which they are purged. */
  readonly purgeTargets: readonly PurgeTarget[]
  /** Those of login sessions, which end by the time that they name or by their age. */
  readonly sessionTargets: (by: SessionTime) => readonly PurgeTarget[]
  readonly purgeLimits: PurgeLimits
  readonly purge: Purger
  readonly purgeBackups: PurgeBackups
}

/** What the command line can ask of a Jeton, be it the running server or this process on its own. */
export interface Operations extends PurgeOperations {
  readonly clock: Clock
  readonly clients: ClientRegistry
  readonly moveApplications: MoveApplications
  readonly users: UserRegistry
  /** Durable, and in force in this process, when it returns. @throws StoreUnavailable, Overloaded */
  readonly revoke: (revocation: NewRevocation) => Promise<RevocationEntry>
  /** Revokes what the token's value stands for. @returns undefined when it is no live token of this server. @throws StoreUnavailable, Overloaded */
  readonly revokeToken: (token: string) => Promise<RevocationEntry | undefined>
  readonly keys: KeyOperations
  readonly status: () => Promise<StatusReport>
  readonly doctor: () => Promise<readonly DoctorCheck[]>
  /** Applies the migrations that are pending. @throws StoreUnavailable */
  readonly migrate: () => Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
  readonly partitions: Pick<Partitions, 'move'>
  /** Takes over a database of WSO2's, or what has come into it since. @throws CommandRefused @throws StoreUnavailable */
  readonly adopt: () => Promise<AdoptionReport>
}
