import { OAuthError } from '../errors/oauth-error.js'
import { refreshTokenLifetime } from '../issuers/access-token-issuer.js'
import { assertNever } from '../model/assert-never.js'
import type { Authorization } from '../model/authorization.js'
import type { PresentedRefreshToken } from '../model/claims.js'
import type { GraceSettings, GrantRow, RefreshStanding } from '../model/grant.js'
import type { GrantId } from '../model/ids.js'
import { ownerOf, type RevokedOwner } from '../model/revocation-entry.js'
import type { Seconds } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'
import type { AdvanceOutcome, GrantAdvance, GrantStore } from '../stores/grant-store.js'

export interface RenewalSettings extends GraceSettings {
  /** Of clients that have none of their own. */
  readonly refreshTokenLifetime: Seconds
  /** false: the first expiry of the grant stays. */
  readonly extendRefreshTokenExpiry: boolean
  readonly keepAfterExpiry: Seconds
}

export interface GrantStepNeeds {
  readonly grants: Pick<GrantStore, 'judge'>
  /** Revokes a whole grant, durably; `owner` undefined: nobody knows any more whose it was. @throws StoreUnavailable */
  readonly revokeGrant: (grantId: GrantId, owner: RevokedOwner | undefined) => Promise<unknown>
  /** Has an outage that this process has met recorded, before anything is judged by its grace. @throws StoreUnavailable */
  readonly settleOutage: () => Promise<void>
  readonly events: EventSink
}

/** How a refresh token is spent: single use, a short grace for answers that got lost, and the end of a grant that is replayed. */
export interface GrantSteps {
  /** The step from the presented token to its successor, which lives as long as those of its client do. */
  stepFrom(presented: PresentedRefreshToken, authorization: Pick<Authorization, 'client'>): Promise<GrantAdvance>
  /** The grant's row after the step. @throws OAuthError `invalid_grant` when the token was not to be spent. @throws StoreUnavailable */
  settle(outcome: AdvanceOutcome, presented: PresentedRefreshToken): Promise<GrantRow>
  /** That the presented token is the grant's current one, without spending it. @throws OAuthError `invalid_grant` @throws StoreUnavailable */
  assertCurrent(presented: PresentedRefreshToken): Promise<void>
}

export function createGrantSteps({ grants, revokeGrant, settleOutage, events }: GrantStepNeeds, settings: RenewalSettings): GrantSteps {
  /** Every standing that does not let the token be spent. Only a replay has a consequence. */
  async function refuse(standing: Exclude<RefreshStanding, 'current' | 'grace'>, presented: PresentedRefreshToken): Promise<never> {
    const { clientId, grantId, generation } = presented
    switch (standing) {
      case 'replayed':
        await revokeGrant(grantId, ownerOf(presented))
        events({ type: 'refresh_replayed', clientId, grantId, generation })
        break
      case 'ahead':
        events({ type: 'refresh_ahead_of_database', clientId, grantId, generation })
        break
      case 'exhausted':
      case 'revoked':
        break
      default:
        assertNever(standing)
    }
    throw new OAuthError('invalid_grant', 'the refresh token is not valid')
  }

  return {
    async stepFrom({ grantId, generation, expiresAt }, authorization) {
      await settleOutage()
      return {
        grantId,
        from: generation,
        presentedExpiresAt: expiresAt,
        lifetime: settings.extendRefreshTokenExpiry ? refreshTokenLifetime(authorization, settings.refreshTokenLifetime) : undefined,
        keepAfterExpiry: settings.keepAfterExpiry,
        grace: settings.grace,
        graceReuse: settings.graceReuse,
      }
    },
    async settle(outcome, presented) {
      return outcome.standing === 'current' || outcome.standing === 'grace' ? outcome.row : refuse(outcome.standing, presented)
    },
    async assertCurrent(presented) {
      await settleOutage()
      const standing = await grants.judge(presented.grantId, presented.generation, settings)
      // A token that is kept is kept only while it is the current one; the grace is for those that were spent.
      if (standing !== 'current') await refuse(standing === 'grace' ? 'exhausted' : standing, presented)
    },
  }
}
