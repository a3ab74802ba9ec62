import { createHmac } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { createJwtRefreshTokenIssuer, type RefreshTokenTerms } from '../../src/issuers/jwt-refresh-token-issuer.js'
import { sealLabel } from '../../src/keys/generate-key.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { grantId, subject } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { StoredKey } from '../../src/stores/key-store.js'
import { aKey, sealer } from '../keys/stored-keys.js'
import { anAuthorization, GRANT } from './an-authorization.js'

const ISSUER = 'https://id.example'
const AT = 1_800_000_000
const terms: RefreshTokenTerms = {
  generation: 3,
  issuedAt: epochSeconds(AT),
  expiresAt: epochSeconds(AT + 86_400),
  scopes: ['read', 'write', 'admin'],
  audience: ['https://api.example'],
}

async function issuerOf(...keys: readonly StoredKey[]) {
  const ring = await openKeyRing(keys, sealer)
  return createJwtRefreshTokenIssuer(ISSUER, (instant) => ring.signingKey('refresh', instant))
}

describe('a JWT refresh token', () => {
  const key = aKey('refresh')
  const secret = sealer.open(key.sealed, sealLabel(key))

  it('has exactly these claims; what was granted is in rt_scope and rt_aud, whatever the access token has', async () => {
    const issue = await issuerOf(key)
    const token = issue(anAuthorization({ scopes: ['read'], audience: ['https://other.example'] }), terms)
    expect(decodeJwt(token)).toEqual({
      iss: ISSUER,
      aud: ISSUER,
      sub: 'client-1',
      client_id: 'client-1',
      azp: 'client-1',
      aut: 'APPLICATION',
      exp: AT + 86_400,
      iat: AT,
      jti: createHmac('sha256', secret).update(`${GRANT} 3`).digest('base64url'),
      rt_scope: 'read write admin',
      rt_aud: 'https://api.example',
      grant_id: GRANT,
      grant_iat: 1_799_999_000,
      entity_id: 'client-1',
      token_type: 'refresh_token',
      gen: 3,
    })
  })

  it('is signed HS256 by the ring and cannot be mistaken for an access token', async () => {
    const token = (await issuerOf(key))(anAuthorization(), terms)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', kid: key.keyId, typ: 'rt+jwt' })
    await expect(jwtVerify(token, secret, { typ: 'rt+jwt', currentDate: new Date(AT * 1000) })).resolves.toBeDefined()
    await expect(jwtVerify(token, secret, { typ: 'at+jwt', currentDate: new Date(AT * 1000) })).rejects.toMatchObject({
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  })

  it('is the same to the letter whenever it is made again, by any node', async () => {
    const [one, other] = [await issuerOf(key), await issuerOf(key, aKey('refresh', { signsFrom: epochSeconds(AT + 1) }))]
    const token = one(anAuthorization(), terms)
    expect(one(anAuthorization({ scopes: ['read'], username: 'anna', grantType: 'refresh_token' }), terms)).toBe(token)
    expect(other(anAuthorization(), terms)).toBe(token)
  })

  it('is the same though the ring was rotated in the second in which it was made', async () => {
    const unrotated = await issuerOf(key)
    const keys = [{ ...key, retiresAt: epochSeconds(AT + 100_000) }, aKey('refresh', { signsFrom: epochSeconds(AT) })]
    const rotated = await issuerOf(...keys)
    expect(rotated(anAuthorization(), terms)).toBe(unrotated(anAuthorization(), terms))
    const later = { ...terms, issuedAt: epochSeconds(AT + 1) }
    expect(decodeProtectedHeader(rotated(anAuthorization(), later)).kid).toBe(keys[1]?.keyId)
  })

  it('that is the first of its grant is signed by the new key at once', async () => {
    const next = aKey('refresh', { signsFrom: epochSeconds(AT) })
    const issue = await issuerOf({ ...key, retiresAt: epochSeconds(AT + 100_000) }, next)
    expect(decodeProtectedHeader(issue(anAuthorization(), { ...terms, generation: 0 })).kid).toBe(next.keyId)
  })

  it('differs by grant, generation, subject, expiry, scope and audience', async () => {
    const issue = await issuerOf(key)
    const tokens = [
      issue(anAuthorization(), terms),
      issue(anAuthorization({ grantId: grantId('other') }), terms),
      issue(anAuthorization({ subject: subject('other') }), terms),
      issue(anAuthorization(), { ...terms, generation: 4 }),
      issue(anAuthorization(), { ...terms, expiresAt: epochSeconds(AT + 1) }),
      issue(anAuthorization(), { ...terms, scopes: ['read'] }),
      issue(anAuthorization(), { ...terms, audience: ['a', 'b'] }),
    ]
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(decodeJwt(tokens[6] ?? '').rt_aud).toEqual(['a', 'b'])
  })
})
