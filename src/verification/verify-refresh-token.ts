import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, errors as joseErrors, jwtVerify } from 'jose'
import type { RefreshTokenClaims } from '../model/claims.js'
import { clientId, grantId, keyId, subject, tokenId } from '../model/ids.js'
import { parseScopes } from '../model/scope.js'
import { type Clock, epochSeconds, type Seconds } from '../model/time.js'
import { isCompactJws } from './compact-jws.js'

export interface RefreshTokenRules {
  readonly issuer: string
  /** The longest refresh token lifetime that was ever in force. @throws StoreUnavailable */
  readonly longestLifetime: () => Seconds
}

/** @returns undefined for whatever is not a good refresh token of this issuer: forged, foreign, malformed, expired. */
export type VerifyRefreshToken = (token: string) => Promise<RefreshTokenClaims | undefined>

const REQUIRED = ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id', 'grant_id', 'grant_iat', 'gen', 'rt_scope', 'rt_aud', 'aut']

/** Verifies refresh JWTs: HS256 only, typ `rt+jwt`, both issuer and audience the issuer itself (RFC 8725 §3.1, §3.9, §3.11). */
export function createRefreshTokenVerifier(rules: RefreshTokenRules, findKey: JWTVerifyGetKey, clock: Clock): VerifyRefreshToken {
  return async (token) => {
    if (!isCompactJws(token)) return undefined
    const verified = await verify(token, rules, { findKey, clock })
    const claims = verified === undefined ? undefined : parseClaims(verified)
    if (claims === undefined || claims.expiresAt - claims.issuedAt > rules.longestLifetime()) return undefined
    return claims
  }
}

async function verify(
  token: string,
  { issuer }: RefreshTokenRules,
  { findKey, clock }: { readonly findKey: JWTVerifyGetKey; readonly clock: Clock },
): Promise<JWTVerifyResult | undefined> {
  try {
    return await jwtVerify(token, findKey, {
      algorithms: ['HS256'],
      typ: 'rt+jwt',
      issuer,
      audience: issuer,
      requiredClaims: REQUIRED,
      currentDate: new Date(clock.nowMs()),
    })
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) return undefined
    throw error
  }
}

function parseClaims({ payload, protectedHeader }: JWTVerifyResult): RefreshTokenClaims | undefined {
  const { rt_scope: scope, rt_aud: audience, gen: generation, aut } = payload
  const scopes = typeof scope === 'string' ? parseScopes(scope) : undefined
  const audiences = typeof audience === 'string' ? [audience] : audience
  if (scopes === undefined || !isStrings(audiences) || !Number.isSafeInteger(generation) || payload.token_type !== 'refresh_token') return undefined
  if (aut !== 'APPLICATION' && aut !== 'APPLICATION_USER') return undefined
  return {
    tokenId: tokenId(String(payload.jti)),
    grantId: grantId(String(payload.grant_id)),
    keyId: keyId(String(protectedHeader.kid)),
    clientId: clientId(String(payload.client_id)),
    subject: subject(String(payload.sub)),
    authorizedType: aut,
    ...times(payload),
    generation: Number(generation),
    scopes,
    audience: audiences,
  }
}

function times(payload: JWTPayload): Pick<RefreshTokenClaims, 'grantedAt' | 'issuedAt' | 'expiresAt'> {
  return {
    grantedAt: epochSeconds(Number(payload.grant_iat)),
    issuedAt: epochSeconds(Number(payload.iat)),
    expiresAt: epochSeconds(Number(payload.exp)),
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
