import type { GraceSettings, GrantRow, RefreshStanding } from '../model/grant.js'
import type { GrantId } from '../model/ids.js'
import type { EpochSeconds, Seconds } from '../model/time.js'

/** One step of a grant: from the generation of the presented refresh token to the next. */
export interface GrantAdvance extends GraceSettings {
  readonly grantId: GrantId
  /** Generation of the presented token. */
  readonly from: number
  /** Expiry of the presented token; with `lifetime` undefined, of its successor too. */
  readonly presentedExpiresAt: EpochSeconds
  /** Lifetime of the successor from now on; undefined keeps the first expiry. */
  readonly lifetime: Seconds | undefined
  /** How long after the last expiry the row is kept at least. */
  readonly keepAfterExpiry: Seconds
}

/** `current`: this call took the step. `grace`: it was taken before and its use has been counted. Both carry the row after it. */
export type AdvanceOutcome =
  | { readonly standing: 'current' | 'grace'; readonly row: GrantRow }
  | { readonly standing: Exclude<RefreshStanding, 'current' | 'grace'> }

/** One row per grant (see GrantRow). Times are the database's. */
export interface GrantStore {
  /** One atomic step, durable when it returns: of two calls from one generation exactly one is `current`. Slower than `advanceMany`. @throws StoreUnavailable */
  advance(step: GrantAdvance): Promise<AdvanceOutcome>
  /**
   * Takes, in one atomic write, the steps from generations that are their grants' current ones. Of several steps of one grant
   * only the first is tried. The others change nothing: `advance` says why, or takes them after all.
   * @returns for each step the row after it, durable; undefined where it was not taken
   * @throws StoreUnavailable where it cannot be told that none was taken
   */
  advanceMany(steps: readonly GrantAdvance[]): Promise<readonly (GrantRow | undefined)[]>
  /** @returns undefined for a grant that was neither refreshed nor revoked. @throws StoreUnavailable */
  find(grantId: GrantId): Promise<GrantRow | undefined>
  /** How `generation` stands, without taking a step. @throws StoreUnavailable */
  judge(grantId: GrantId, generation: number, settings: GraceSettings): Promise<RefreshStanding>
}
