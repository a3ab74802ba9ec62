import type { PersistenceSettings, Settings } from '../../config/settings.js'
import { createAnswerAgain } from '../../grants/answer-again.js'
import type { IssuePair } from '../../grants/exchange.js'
import { createStoredPairIssue, type StoredPairRules } from '../../grants/issue-stored-pair.js'
import { createUnstoredPairIssue } from '../../grants/issue-unstored-pair.js'
import { createJwtAccessTokenIssuer } from '../../issuers/jwt-access-token-issuer.js'
import { createJwtRefreshTokenIssuer } from '../../issuers/jwt-refresh-token-issuer.js'
import { createOpaqueAccessTokenIssuer, hashToken } from '../../issuers/opaque-access-token-issuer.js'
import { formatOpaqueRefreshToken } from '../../issuers/opaque-refresh-token.js'
import type { TokenType } from '../../model/client.js'
import type { GrantId } from '../../model/ids.js'
import type { EpochSeconds } from '../../model/time.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'
import { composeSteps } from './compose-steps.js'

export interface PairParts {
  readonly state: State
  readonly events: EventSink
  readonly issuer: string
}

/** Both kinds of token, and how they are issued. */
export function composePairs(settings: Settings, resources: Resources, parts: PairParts): Readonly<Record<TokenType, IssuePair>> {
  const { lifetimes, persistence } = settings
  const { stores, clock } = resources
  const { state, issuer } = parts
  const { ring } = state.keys
  const { storedTokens } = stores
  const steps = composeSteps(settings, resources, parts)
  const accessKey = (instant: EpochSeconds) => ring().signingKey('access', instant)
  const issueJwt = createJwtAccessTokenIssuer({ issuer, lifetimes, isStored: persistence.enable }, accessKey, clock)
  const stored = {
    makeRefreshToken: (grantId: GrantId, generation: number) => formatOpaqueRefreshToken({ grantId, generation }, ring().secret()),
    hash: hashToken,
    storedTokens,
    steps,
    publish: state.publish,
    answerAgain: createAnswerAgain({ isRevoked: state.isRevoked, clock }),
    findUsername: state.usernames.find,
  }
  const rules = { refreshTokenLifetime: lifetimes.refreshToken, place: persistence.enable ? 'only' : 'beside' } as const
  const issueOpaque = createOpaqueAccessTokenIssuer(lifetimes, clock)
  const OAUTH = createStoredPairIssue({ ...stored, issueAccessToken: issueOpaque }, { ...rules, ...opaqueRules(persistence) })
  if (persistence.enable)
    return { OAUTH, JWT: createStoredPairIssue({ ...stored, issueAccessToken: issueJwt }, { ...rules, ...jwtRules(persistence) }) }
  const issueRefreshToken = createJwtRefreshTokenIssuer(issuer, (instant) => ring().signingKey('refresh', instant))
  const unstored = { issueAccessToken: issueJwt, issueRefreshToken, grants: state.advances, storedTokens, steps, clock }
  return { OAUTH, JWT: createUnstoredPairIssue(unstored, lifetimes.refreshToken) }
}

type OwnRules = Pick<StoredPairRules, 'format' | 'inClear' | 'ruleFor'>

const REPLACE = { kind: 'replace' } as const
const BESIDE = { kind: 'beside' } as const
const REUSE = { kind: 'reuse', except: undefined } as const

function opaqueRules({ enable, hashTokens, renewAccessTokenPerRequest }: PersistenceSettings): OwnRules {
  const ofActive = hashTokens || renewAccessTokenPerRequest ? REPLACE : REUSE
  return { format: 'opaque', inClear: !hashTokens, ruleFor: () => (enable ? ofActive : BESIDE) }
}

function jwtRules({ besideGrantTypes }: PersistenceSettings): OwnRules {
  return { format: 'jwt', inClear: false, ruleFor: (grantType) => (besideGrantTypes.includes(grantType) ? BESIDE : REPLACE) }
}
