import type { RevocableToken } from '../model/claims.js'
import { subject } from '../model/ids.js'
import type { Clock } from '../model/time.js'
import type { AdoptedTokenStore } from '../stores/adopted-token-store.js'
import {
  type AdoptedTokenRules,
  type FindAdoptedKey,
  findNamedKey,
  verifyAdoptedAccessToken,
  verifyAdoptedRefreshToken,
} from '../verification/verify-adopted-token.js'
import type { FindAccessToken } from './read-access-token.js'
import { adoptedGrantId } from './read-adopted-tokens.js'
import type { FindRefreshToken } from './read-refresh-token.js'

export interface AdoptedJwtReading {
  readonly findKey: FindAdoptedKey
  readonly rules: AdoptedTokenRules
  readonly adoptedTokens: Pick<AdoptedTokenStore, 'findByTokenId'>
  /** @throws StoreUnavailable when revocations cannot be judged now. */
  readonly isRevoked: (token: RevocableToken) => boolean
  readonly clock: Clock
}

/** Whether a value is a JWT that names a key of the server that was taken over. */
export function isAdoptedJwt(value: string, findKey: FindAdoptedKey): boolean {
  return findNamedKey(value, findKey) !== undefined
}

/** That server revokes by `entity_id`, which need not be `sub`. */
function isHit(token: RevocableToken, entityId: string | undefined, isRevoked: AdoptedJwtReading['isRevoked']): boolean {
  return isRevoked(token) || (entityId !== undefined && entityId !== token.subject && isRevoked({ ...token, subject: subject(entityId) }))
}

/** Reads access JWTs of that server. One that it has stored is good as long as its row says so. */
export function createAdoptedJwtReader({ findKey, rules, adoptedTokens, isRevoked, clock }: AdoptedJwtReading): FindAccessToken {
  return async (value) => {
    const key = findNamedKey(value, findKey)
    const verified = key && (await verifyAdoptedAccessToken(value, key, { rules, clock }))
    if (verified === undefined || isHit(verified.claims, verified.entityId, isRevoked)) return undefined
    const { claims, entityId } = verified
    if (entityId !== undefined) return { claims, username: undefined }
    const stored = await adoptedTokens.findByTokenId(claims.tokenId)
    return stored?.state === 'ACTIVE' && stored.clientId === claims.clientId ? { claims, username: stored.username } : undefined
  }
}

/** Reads refresh JWTs of that server: the first of a grant that is known by the token's own id, so that it can be spent once. */
export function createAdoptedRefreshJwtReader({ findKey, rules, isRevoked, clock }: Omit<AdoptedJwtReading, 'adoptedTokens'>): FindRefreshToken {
  return async (value) => {
    const key = findNamedKey(value, findKey)
    const verified = key && (await verifyAdoptedRefreshToken(value, key, { rules, clock }))
    if (verified === undefined || isHit(verified, verified.entityId, isRevoked)) return undefined
    const { entityId: _entity, ...claims } = verified
    const grantId = adoptedGrantId(claims.tokenId)
    return { ...claims, value, isStored: false, grantId, generation: 0, audience: [claims.clientId], username: undefined, grantType: undefined }
  }
}
