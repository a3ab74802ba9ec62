import { type IssueAccessToken, refreshTokenLifetime } from '../issuers/access-token-issuer.js'
import type { IssueRefreshToken } from '../issuers/jwt-refresh-token-issuer.js'
import type { Authorization } from '../model/authorization.js'
import { after, type Clock, type Seconds } from '../model/time.js'
import type { StoredTokenStore } from '../stores/stored-token-store.js'
import type { GrantAdvances } from './advance-grants.js'
import type { IssuePair } from './exchange.js'
import type { RefreshPlan } from './grant.js'
import type { GrantSteps } from './grant-steps.js'

export interface UnstoredPairNeeds {
  readonly issueAccessToken: IssueAccessToken
  readonly issueRefreshToken: IssueRefreshToken
  readonly grants: Pick<GrantAdvances, 'advance'>
  /** For refresh tokens that were stored: their rows leave with the step. */
  readonly storedTokens: Pick<StoredTokenStore, 'replace'>
  readonly steps: GrantSteps
  readonly clock: Clock
}

/**
 * Self-validating pairs. Nothing is written for a new grant; a refresh writes one row, after the access token is signed
 * and before anything is answered.
 */
export function createUnstoredPairIssue(
  { issueAccessToken, issueRefreshToken, grants, storedTokens, steps, clock }: UnstoredPairNeeds,
  lifetime: Seconds,
): IssuePair {
  async function refreshTokenFor(authorization: Authorization, plan: RefreshPlan): Promise<string | undefined> {
    switch (plan.kind) {
      case 'none':
        return undefined
      case 'first': {
        const issuedAt = clock.now()
        const { scopes, audience } = authorization
        return issueRefreshToken(authorization, {
          generation: 0,
          issuedAt,
          expiresAt: after(issuedAt, refreshTokenLifetime(authorization, lifetime)),
          scopes,
          audience,
        })
      }
      case 'next': {
        const { presented } = plan
        const step = await steps.stepFrom(presented, authorization)
        const outcome = await (presented.isStored ? storedTokens.replace(step, undefined, 'beside') : grants.advance(step))
        const row = await steps.settle(outcome, presented)
        const { scopes, audience } = presented
        return issueRefreshToken(authorization, { generation: row.generation, issuedAt: row.rotatedAt, expiresAt: row.expiresAt, scopes, audience })
      }
      case 'same':
        await steps.assertCurrent(plan.presented)
        return plan.presented.value
    }
  }

  return async ({ authorization, refresh }) => {
    const accessToken = issueAccessToken(authorization)
    const refreshToken = await refreshTokenFor(authorization, refresh)
    return { accessToken: accessToken.value, expiresIn: accessToken.expiresIn, scopes: authorization.scopes, refreshToken }
  }
}
