import type { PresentedRefreshToken } from '../model/claims.js'
import type { GraceSettings } from '../model/grant.js'
import type { GrantStepNeeds } from './grant-steps.js'

/** A refresh token of which nothing is known any more but what it names itself, and the client that presented it. */
export type NamedRefreshToken = Pick<PresentedRefreshToken, 'clientId' | 'grantId' | 'generation'>

/** Ends the grant if the token was spent long ago: its row may be gone, the evidence is not. @throws StoreUnavailable */
export type EndIfReplayed = (named: NamedRefreshToken) => Promise<void>

export function createReplayEnding({ grants, revokeGrant, settleOutage, events }: GrantStepNeeds, settings: GraceSettings): EndIfReplayed {
  return async ({ clientId, grantId, generation }) => {
    await settleOutage()
    if ((await grants.judge(grantId, generation, settings)) !== 'replayed') return
    await revokeGrant(grantId, undefined)
    events({ type: 'refresh_replayed', clientId, grantId, generation })
  }
}
