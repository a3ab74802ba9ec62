import { type CryptoKey, compactVerify, decodeProtectedHeader } from 'jose'
import type { AccessTokenClaims, RevocableToken } from '../model/claims.js'
import { clientId, type KeyId, subject, tokenId } from '../model/ids.js'
import { parseScopes, type Scopes, withoutOwnScopes } from '../model/scope.js'
import { type Clock, epochSeconds, type Seconds } from '../model/time.js'
import { parseAccessTokenClaims } from './access-token-claims.js'

/** What has to be so with tokens of a server (WSO2's) that was taken over. */
export interface AdoptedTokenRules {
  /** What `iss` may be. */
  readonly issuers: readonly string[]
  /** The longest that were ever in force. @throws StoreUnavailable */
  readonly longestAccessLifetime: () => Seconds
  readonly longestRefreshLifetime: () => Seconds
}

/** The public key that a token names. */
export interface AdoptedTokenKey {
  readonly keyId: KeyId
  readonly algorithm: string
  readonly key: CryptoKey | Uint8Array
}

export type FindAdoptedKey = (kid: string) => AdoptedTokenKey | undefined

export interface AdoptedAccessToken {
  readonly claims: AccessTokenClaims
  /** Whom the token is for, by the name under which that server revokes; undefined: it has stored the token, and has no other mark. */
  readonly entityId: string | undefined
}

export type AdoptedRefreshToken = Pick<AccessTokenClaims, keyof RevocableToken | 'scopes' | 'issuedAt' | 'expiresAt'> & {
  readonly entityId: string | undefined
}

const LONGEST_TOKEN = 16 * 1024
const ACCESS_TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt']
const REFRESH_TYPES: readonly unknown[] = ['rt+jwt']

/** The key that a JWT names, if it is one of a server that was taken over: a look at the header, and no verification yet. */
export function findNamedKey(token: string, findKey: FindAdoptedKey): AdoptedTokenKey | undefined {
  if (token.length > LONGEST_TOKEN || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined
  try {
    const { kid } = decodeProtectedHeader(token)
    return typeof kid === 'string' ? findKey(kid) : undefined
  } catch {
    return undefined
  }
}

/**
 * Verifies an access JWT of that server: signature, type, issuer, time, and that it is no other kind of token signed with the same
 * key (RFC 8725 §2.8): an ID token has no `aut`, a refresh token says what it is. Revocations are not judged here.
 * @returns undefined for whatever is not good.
 */
export async function verifyAdoptedAccessToken(
  token: string,
  key: AdoptedTokenKey,
  { rules, clock }: Verifying,
): Promise<AdoptedAccessToken | undefined> {
  const payload = await open(token, key, ACCESS_TYPES)
  if (payload === undefined || payload.token_type === 'refresh_token' || 'rt_scope' in payload || 'nonce' in payload || 'at_hash' in payload)
    return undefined
  const { grant_id: _grant, grant_iat: _granted, ...own } = payload
  const claims = parseAccessTokenClaims({ ...own, client_id: clientOf(payload), scope: scopeText(payload.scope) }, key.keyId)
  if (claims === undefined || !isInTime(payload, clock) || !rules.issuers.includes(claims.issuer)) return undefined
  if (claims.expiresAt - claims.issuedAt > rules.longestAccessLifetime()) return undefined
  return { claims: { ...claims, scopes: withoutOwnScopes(claims.scopes) }, entityId: textOf(payload.entity_id) }
}

interface Verifying {
  readonly rules: AdoptedTokenRules
  readonly clock: Clock
}

/** Verifies a refresh JWT of that server in the same way. @returns undefined for whatever is not good. */
export async function verifyAdoptedRefreshToken(
  token: string,
  key: AdoptedTokenKey,
  { rules, clock }: Verifying,
): Promise<AdoptedRefreshToken | undefined> {
  const payload = await open(token, key, REFRESH_TYPES)
  if (payload === undefined || payload.token_type !== 'refresh_token' || !isInTime(payload, clock)) return undefined
  const { iss, aud, sub, jti, iat, exp } = payload
  const [client, who, id, scopes] = [clientOf(payload), textOf(sub), textOf(jti), scopesOf(payload.rt_scope)]
  if (typeof iss !== 'string' || !rules.issuers.includes(iss) || ![aud].flat().includes(iss)) return undefined
  if (client === undefined || who === undefined || id === undefined || scopes === undefined || !isInstant(iat) || !isInstant(exp)) return undefined
  if (exp < iat || exp - iat > rules.longestRefreshLifetime()) return undefined
  const entityId = textOf(payload.entity_id)
  const isOfApplication = payload.aut === 'APPLICATION' || (payload.aut === undefined && entityId === client)
  return {
    tokenId: tokenId(id),
    grantId: undefined,
    keyId: key.keyId,
    clientId: clientId(client),
    subject: subject(who),
    authorizedType: isOfApplication ? 'APPLICATION' : 'APPLICATION_USER',
    grantedAt: epochSeconds(iat),
    scopes: withoutOwnScopes(scopes),
    issuedAt: epochSeconds(iat),
    expiresAt: epochSeconds(exp),
    entityId,
  }
}

type Payload = Readonly<Record<string, unknown>>

async function open(token: string, { algorithm, key }: AdoptedTokenKey, types: readonly unknown[]): Promise<Payload | undefined> {
  try {
    const { protectedHeader, payload } = await compactVerify(token, key, { algorithms: [algorithm] })
    if (!types.includes(protectedHeader.typ?.toLowerCase())) return undefined
    const content: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? { ...content } : undefined
  } catch {
    return undefined
  }
}

function isInTime({ exp, nbf }: Payload, clock: Clock): boolean {
  const now = clock.now()
  return isInstant(exp) && now < exp && (nbf === undefined || (isInstant(nbf) && nbf <= now))
}

/** `azp` is the client; `client_id` says the same where it is there. */
function clientOf({ azp, client_id: client }: Payload): string | undefined {
  return azp !== undefined && client !== undefined && azp !== client ? undefined : textOf(client ?? azp)
}

/** Separated by spaces, or a list. */
function scopeText(scope: unknown): unknown {
  return Array.isArray(scope) ? scope.join(' ') : scope
}

function scopesOf(scope: unknown): Scopes | undefined {
  const text = scopeText(scope) ?? ''
  return typeof text === 'string' ? parseScopes(text) : undefined
}

const isInstant = (value: unknown): value is number => Number.isSafeInteger(value)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined)
