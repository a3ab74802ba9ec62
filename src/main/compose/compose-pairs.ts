import type { Settings } from '../../config/settings.js'
import type { IssuePair } from '../../grants/exchange.js'
import { createGrantSteps } from '../../grants/grant-steps.js'
import { createStoredPairIssue } from '../../grants/issue-stored-pair.js'
import { createUnstoredPairIssue } from '../../grants/issue-unstored-pair.js'
import { createJwtAccessTokenIssuer } from '../../issuers/jwt-access-token-issuer.js'
import { createJwtRefreshTokenIssuer } from '../../issuers/jwt-refresh-token-issuer.js'
import { createOpaqueAccessTokenIssuer, hashToken } from '../../issuers/opaque-access-token-issuer.js'
import { formatOpaqueRefreshToken } from '../../issuers/opaque-refresh-token.js'
import type { TokenType } from '../../model/client.js'
import type { GrantId } from '../../model/ids.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

export interface PairParts {
  readonly state: State
  readonly events: EventSink
  readonly issuer: string
}

/** Both kinds of token, and how they are issued. */
export function composePairs(
  { lifetimes, renewal, revocation }: Settings,
  { stores, clock }: Resources,
  { state, events, issuer }: PairParts,
): Readonly<Record<TokenType, IssuePair>> {
  const { ring } = state.keys
  const steps = createGrantSteps(
    {
      grants: stores.grants,
      revokeGrant: (id) => state.recorder.submit({ kind: 'grant', id }),
      settleOutage: () => state.outages.settle(),
      events,
    },
    { ...renewal, refreshTokenLifetime: lifetimes.refreshToken, keepAfterExpiry: revocation.keepAfterExpiry },
  )
  const issueJwt = createJwtAccessTokenIssuer({ issuer, lifetimes }, (instant) => ring().signingKey('access', instant), clock)
  const issueRefreshJwt = createJwtRefreshTokenIssuer(issuer, (instant) => ring().signingKey('refresh', instant))
  const unstored = { issueAccessToken: issueJwt, issueRefreshToken: issueRefreshJwt, grants: stores.grants, steps, clock }
  const stored = {
    issueAccessToken: createOpaqueAccessTokenIssuer(lifetimes, clock),
    makeRefreshToken: (grantId: GrantId, generation: number) => formatOpaqueRefreshToken({ grantId, generation }, ring().secret()),
    hash: hashToken,
    storedTokens: stores.storedTokens,
    steps,
  }
  return { JWT: createUnstoredPairIssue(unstored, lifetimes.refreshToken), OAUTH: createStoredPairIssue(stored, lifetimes.refreshToken) }
}
