import type { IssueAccessToken, IssuedAccessToken } from '../issuers/access-token-issuer.js'
import type { Authorization } from '../model/authorization.js'
import type { PresentedRefreshToken } from '../model/claims.js'
import type { GrantId } from '../model/ids.js'
import { after, type Seconds } from '../model/time.js'
import type { StoredSuccessor, StoredTokenStore, TokenHash } from '../stores/stored-token-store.js'
import type { IssuePair } from './exchange.js'
import type { GrantSteps } from './grant-steps.js'

export interface StoredPairNeeds {
  readonly issueAccessToken: IssueAccessToken
  /** The refresh token of a generation of a grant: always the same one. */
  readonly makeRefreshToken: (grantId: GrantId, generation: number) => string
  readonly hash: (token: string) => TokenHash
  readonly storedTokens: Pick<StoredTokenStore, 'insert' | 'replace'>
  readonly steps: GrantSteps
}

/** Opaque pairs, each with a row that is written before the answer. Refreshes take the same step as unstored ones. */
export function createStoredPairIssue(
  { issueAccessToken, makeRefreshToken, hash, storedTokens, steps }: StoredPairNeeds,
  refreshTokenLifetime: Seconds,
): IssuePair {
  const hashes = (accessToken: IssuedAccessToken, refreshToken: string | undefined): Hashes => ({
    accessTokenHash: hash(accessToken.value),
    refreshTokenHash: refreshToken === undefined ? undefined : hash(refreshToken),
  })

  async function begin(authorization: Authorization, accessToken: IssuedAccessToken, withRefresh: boolean): Promise<string | undefined> {
    const refreshToken = withRefresh ? makeRefreshToken(authorization.grantId, 0) : undefined
    const times = withRefresh
      ? { refreshIssuedAt: accessToken.issuedAt, refreshExpiresAt: after(accessToken.issuedAt, refreshTokenLifetime) }
      : NO_REFRESH
    await storedTokens.insert({ ...rowOf(authorization, accessToken, hashes(accessToken, refreshToken)), generation: 0, ...times })
    return refreshToken
  }

  async function next(authorization: Authorization, accessToken: IssuedAccessToken, presented: PresentedRefreshToken): Promise<string> {
    const refreshToken = makeRefreshToken(presented.grantId, presented.generation + 1)
    const successor = { ...rowOf(authorization, accessToken, hashes(accessToken, refreshToken)), grantedScopes: presented.scopes }
    await steps.settle(await storedTokens.replace(await steps.stepFrom(presented), successor), presented)
    return refreshToken
  }

  async function same(authorization: Authorization, accessToken: IssuedAccessToken, presented: PresentedRefreshToken): Promise<string> {
    await steps.assertCurrent(presented)
    const kept = { generation: presented.generation, refreshIssuedAt: presented.issuedAt, refreshExpiresAt: presented.expiresAt }
    await storedTokens.insert({
      ...rowOf(authorization, accessToken, hashes(accessToken, presented.value)),
      grantedScopes: presented.scopes,
      ...kept,
    })
    return presented.value
  }

  return async ({ authorization, refresh }) => {
    const accessToken = issueAccessToken(authorization)
    const refreshToken =
      refresh.kind === 'next'
        ? await next(authorization, accessToken, refresh.presented)
        : refresh.kind === 'same'
          ? await same(authorization, accessToken, refresh.presented)
          : await begin(authorization, accessToken, refresh.kind === 'first')
    return { accessToken: accessToken.value, expiresIn: accessToken.expiresIn, scopes: authorization.scopes, refreshToken }
  }
}

type Hashes = Pick<StoredSuccessor, 'accessTokenHash' | 'refreshTokenHash'>

function rowOf(authorization: Authorization, { tokenId, issuedAt, expiresAt }: IssuedAccessToken, hashes: Hashes): StoredSuccessor {
  const { client, subject, authorizedType, username, grantType, scopes, audience, grantId, grantedAt } = authorization
  const granted = { clientId: client.id, subject, authorizedType, username, grantType, scopes, grantedScopes: scopes, audience, grantId, grantedAt }
  return { ...hashes, ...granted, tokenId, issuedAt, expiresAt, state: 'ACTIVE' }
}

const NO_REFRESH = { refreshIssuedAt: undefined, refreshExpiresAt: undefined }
