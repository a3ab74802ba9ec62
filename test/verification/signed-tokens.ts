import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import type { Clock } from '../../src/model/time.js'
import { epochSeconds } from '../../src/model/time.js'
import { parsePublicKeySet } from '../../src/verification/public-jwk.js'
import type { FindPublicKey } from '../../src/verification/verify-access-token.js'

export const NOW = 1_763_690_000
export const ISSUER = 'https://id.example.test'
export const AUDIENCE = 'https://api.example.test'
export const JTI = '6ff1a3c4-90b7-4d5e-8f00-0123456789ab'
export const CLIENT = 'f3b0a1d2-0000-4000-8000-00000000c11e'

export const stillClock = (now = NOW): Clock => ({ now: () => epochSeconds(now), nowMs: () => now * 1000 })

export const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

export const jwks = {
  keys: [
    { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'ES256' },
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r1', use: 'sig' },
  ],
}
export const localKeys: FindPublicKey = parsePublicKeySet(jwks).find

export const goodClaims = {
  iss: ISSUER,
  sub: CLIENT,
  aud: AUDIENCE,
  iat: NOW - 10,
  exp: NOW + 3590,
  jti: JTI,
  client_id: CLIENT,
  azp: CLIENT,
  scope: 'read write',
  aut: 'APPLICATION',
  grant_id: '7b2d8c52-41c5-49c8-8f0f-0a0a0a0a0a0a',
  grant_iat: NOW - 100,
}

export const goodHeader: JWTHeaderParameters = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }

/** A token with these claims and header members put over the good ones; undefined takes one out. */
export function signToken(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: KeyObject | Uint8Array = pair.privateKey,
): Promise<string> {
  const merged = { ...goodHeader, ...header } as JWTHeaderParameters
  return new SignJWT({ ...goodClaims, ...claims } as JWTPayload).setProtectedHeader(merged).sign(key)
}
