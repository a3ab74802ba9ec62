import { StoreUnavailable } from '../errors/operational-errors.js'
import { type IssueAccessToken, type IssuedAccessToken, refreshTokenLifetime } from '../issuers/access-token-issuer.js'
import type { Authorization } from '../model/authorization.js'
import type { PresentedRefreshToken } from '../model/claims.js'
import type { GrantId, Subject } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import { after, type Seconds } from '../model/time.js'
import type {
  IssueRule,
  StoredSuccessor,
  StoredToken,
  StoredTokenFormat,
  StoredTokenStore,
  TokenHash,
  TokenPlace,
} from '../stores/stored-token-store.js'
import type { IssuePair, TokenResponse } from './exchange.js'
import type { GrantSteps } from './grant-steps.js'

export interface StoredPairNeeds {
  readonly issueAccessToken: IssueAccessToken
  /** The refresh token of a generation of a grant: always the same one. */
  readonly makeRefreshToken: (grantId: GrantId, generation: number) => string
  readonly hash: (token: string) => TokenHash
  readonly storedTokens: Pick<StoredTokenStore, 'issue' | 'replace'>
  readonly steps: GrantSteps
  /** Puts durable entries in force, in this process and where else nobody asks. */
  readonly publish: (entries: readonly RevocationEntry[]) => Promise<void>
  /** The pair that was issued before, as an answer, where it may be given in place of another one. */
  readonly answerAgain: (existing: StoredToken, wanted: StoredToken) => TokenResponse | undefined
  /** The user's name, which a refresh token that is not stored does not tell. */
  readonly findUsername: (subject: Subject) => Promise<string | undefined>
}

export interface StoredPairRules {
  readonly format: StoredTokenFormat
  readonly refreshTokenLifetime: Seconds
  /** Whether the values themselves are stored beside their hashes. */
  readonly inClear: boolean
  /** What a new grant of this type does to the token of the same client, subject and scopes. */
  readonly ruleFor: (grantType: string) => IssueRule
  /** Where tokens of later generations stand. */
  readonly place: TokenPlace
}

/** A token that is found in the place and may not be given again is replaced by the next attempt, unless yet another one came between. */
const ATTEMPTS = 5

/** Pairs with a row that is written before the answer. Refreshes take the same step as unstored ones. */
export function createStoredPairIssue(needs: StoredPairNeeds, rules: StoredPairRules): IssuePair {
  const { issueAccessToken, makeRefreshToken, storedTokens, steps, publish, answerAgain } = needs
  const rowOf = createRowMaking(needs, rules)

  async function begin(authorization: Authorization, accessToken: IssuedAccessToken, withRefresh: boolean): Promise<TokenResponse> {
    const refreshToken = withRefresh ? makeRefreshToken(authorization.grantId, 0) : undefined
    const times = withRefresh ? firstTimes(authorization, accessToken, rules) : NO_REFRESH
    const token = { ...rowOf(authorization, accessToken, refreshToken), generation: 0, ...times }
    let rule = rules.ruleFor(authorization.grantType)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const outcome = await storedTokens.issue(token, rule)
      if (outcome.kind === 'issued') {
        await publish(outcome.entries)
        return answer(authorization, accessToken, refreshToken)
      }
      const again = answerAgain(outcome.token, token)
      if (again !== undefined) return again
      rule = { kind: 'reuse', except: outcome.token.tokenId }
    }
    throw new StoreUnavailable('database', { cause: new Error('the token in the place of another one changed too often') })
  }

  async function next(authorization: Authorization, accessToken: IssuedAccessToken, presented: PresentedRefreshToken): Promise<TokenResponse> {
    const refreshToken = makeRefreshToken(presented.grantId, presented.generation + 1)
    const successor = { ...rowOf(authorization, accessToken, refreshToken), ...grantedTo(presented) }
    await steps.settle(await storedTokens.replace(await steps.stepFrom(presented, authorization), successor, rules.place), presented)
    return answer(authorization, accessToken, refreshToken)
  }

  async function same(authorization: Authorization, accessToken: IssuedAccessToken, presented: PresentedRefreshToken): Promise<TokenResponse> {
    await steps.assertCurrent(presented)
    // One that says everything itself has no place in a row.
    const times = presented.isStored ? { refreshIssuedAt: presented.issuedAt, refreshExpiresAt: presented.expiresAt } : NO_REFRESH
    const row = rowOf(authorization, accessToken, presented.isStored ? presented.value : undefined)
    const rule = rules.place === 'only' ? ({ kind: 'renew' } as const) : ({ kind: 'beside' } as const)
    await storedTokens.issue({ ...row, ...grantedTo(presented), generation: presented.generation, ...times }, rule)
    return answer(authorization, accessToken, presented.value)
  }

  return async ({ authorization, refresh }) => {
    const named = await withUsername(authorization, needs)
    const accessToken = issueAccessToken(named)
    if (refresh.kind === 'next') return next(named, accessToken, refresh.presented)
    if (refresh.kind === 'same') return same(named, accessToken, refresh.presented)
    return begin(named, accessToken, refresh.kind === 'first')
  }
}

function firstTimes(authorization: Authorization, { issuedAt }: IssuedAccessToken, rules: StoredPairRules) {
  return { refreshIssuedAt: issuedAt, refreshExpiresAt: after(issuedAt, refreshTokenLifetime(authorization, rules.refreshTokenLifetime)) }
}

const NO_REFRESH = { refreshIssuedAt: undefined, refreshExpiresAt: undefined }

/** What the refresh token goes on to have, however narrow the access token beside it is. */
const grantedTo = ({ scopes, audience }: PresentedRefreshToken) => ({ grantedScopes: scopes, grantedAudience: audience })

function answer({ scopes }: Authorization, { value, expiresIn }: IssuedAccessToken, refreshToken: string | undefined): TokenResponse {
  return { accessToken: value, expiresIn, scopes, refreshToken }
}

/** Rows of one user have to be found by one name. */
async function withUsername(authorization: Authorization, { findUsername }: Pick<StoredPairNeeds, 'findUsername'>): Promise<Authorization> {
  if (authorization.username !== undefined || authorization.authorizedType === 'APPLICATION') return authorization
  return { ...authorization, username: await findUsername(authorization.subject) }
}

type MakeRow = (authorization: Authorization, accessToken: IssuedAccessToken, refreshToken: string | undefined) => StoredSuccessor

function createRowMaking({ hash }: Pick<StoredPairNeeds, 'hash'>, { format, inClear }: StoredPairRules): MakeRow {
  return (authorization, { value, tokenId, issuedAt, expiresAt }, refreshToken) => {
    const { client, subject, authorizedType, username, grantType, scopes, audience, grantId, grantedAt } = authorization
    return {
      tokenId,
      format,
      accessTokenHash: hash(format === 'jwt' ? tokenId : value),
      refreshTokenHash: refreshToken === undefined ? undefined : hash(refreshToken),
      inClear: inClear ? { accessToken: value, refreshToken } : undefined,
      clientId: client.id,
      subject,
      authorizedType,
      username,
      grantType,
      scopes,
      grantedScopes: scopes,
      audience,
      grantedAudience: audience,
      grantId,
      grantedAt,
      issuedAt,
      expiresAt,
      state: 'ACTIVE',
    }
  }
}
