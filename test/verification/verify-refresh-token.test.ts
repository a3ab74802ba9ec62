import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey, errors as joseErrors, SignJWT, UnsecuredJWT } from 'jose'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { seconds } from '../../src/model/time.js'
import { createRefreshTokenVerifier } from '../../src/verification/verify-refresh-token.js'
import { CLIENT, ISSUER, NOW, stillClock } from './signed-tokens.js'

const SECRET = new Uint8Array(32).fill(3)
const LONGEST = 86_400

const goodClaims = {
  iss: ISSUER,
  aud: ISSUER,
  sub: CLIENT,
  client_id: CLIENT,
  azp: CLIENT,
  aut: 'APPLICATION',
  exp: NOW + LONGEST - 10,
  iat: NOW - 10,
  jti: 'the-jti',
  rt_scope: 'read write',
  rt_aud: ['https://a.test', 'https://b.test'],
  grant_id: 'the-grant',
  grant_iat: NOW - 100,
  entity_id: CLIENT,
  token_type: 'refresh_token',
  gen: 2,
}

const findKey: JWTVerifyGetKey = async ({ kid }) => {
  if (kid !== 'r1') throw new joseErrors.JWKSNoMatchingKey()
  return SECRET
}
const verifyAt = (now: number) => createRefreshTokenVerifier({ issuer: ISSUER, longestLifetime: () => seconds(LONGEST) }, findKey, stillClock(now))
const verify = verifyAt(NOW)

function signToken(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: KeyObject | Uint8Array = SECRET,
): Promise<string> {
  const merged = { alg: 'HS256', kid: 'r1', typ: 'rt+jwt', ...header } as JWTHeaderParameters
  return new SignJWT({ ...goodClaims, ...claims } as JWTPayload).setProtectedHeader(merged).sign(key)
}

describe('a good refresh JWT', () => {
  it('is read with what it says', async () => {
    expect(await verify(await signToken())).toEqual({
      tokenId: 'the-jti',
      grantId: 'the-grant',
      keyId: 'r1',
      clientId: CLIENT,
      subject: CLIENT,
      authorizedType: 'APPLICATION',
      grantedAt: NOW - 100,
      generation: 2,
      scopes: ['read', 'write'],
      audience: ['https://a.test', 'https://b.test'],
      issuedAt: NOW - 10,
      expiresAt: NOW + LONGEST - 10,
    })
  })

  it('may have one audience as a string, and no scope', async () => {
    expect(await verify(await signToken({ rt_aud: 'https://a.test', rt_scope: '' }))).toMatchObject({ audience: ['https://a.test'], scopes: [] })
  })

  it('is good until its expiry, though it was made by a clock that is ahead', async () => {
    const token = await signToken({ iat: NOW + 5, exp: NOW + 60, grant_iat: NOW + 6 })
    expect(await verifyAt(NOW + 59)(token)).toBeDefined()
    expect(await verifyAt(NOW + 60)(token)).toBeUndefined()
  })
})

describe('a refresh JWT is refused', () => {
  it.each([
    ['another issuer (RFC 8725 §3.8)', { iss: 'https://other.test' }],
    ['the issuer with a slash more', { iss: `${ISSUER}/` }],
    ['another audience (RFC 8725 §3.9)', { aud: 'https://a.test' }],
    ['an expiry that has passed (RFC 7519 §4.1.4)', { exp: NOW }],
    ['a longer life than was ever in force', { exp: NOW - 10 + LONGEST + 1 }],
    ['another token_type', { token_type: 'access_token' }],
    ['no token_type', { token_type: undefined }],
    ['an unknown aut', { aut: 'NOBODY' }],
    ['a malformed rt_scope (RFC 6749 §3.3)', { rt_scope: 'a  b' }],
    ['an rt_scope that is no string', { rt_scope: ['a'] }],
    ['an rt_aud that is no string or list of strings', { rt_aud: [1] }],
    ['a generation that is no whole number', { gen: 1.5 }],
    ['a generation that is no number', { gen: '2' }],
    ...['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id', 'grant_id', 'grant_iat', 'gen', 'rt_scope', 'rt_aud', 'aut'].map(
      (name) => [`no ${name}`, { [name]: undefined }] as const,
    ),
  ] as const)('with %s', async (_what, claims) => {
    expect(await verify(await signToken(claims))).toBeUndefined()
  })

  it.each([
    ['the type of an access token (RFC 8725 §3.11)', { typ: 'at+jwt' }],
    ['the type of any JWT', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['an unknown kid', { kid: 'r2' }],
    ['no kid', { kid: undefined }],
  ])('with %s', async (_what, header) => {
    expect(await verify(await signToken({}, header))).toBeUndefined()
  })

  it('with another algorithm, be it the same secret’s (RFC 8725 §3.1)', async () => {
    expect(await verify(await signToken({}, { alg: 'HS512' }, new Uint8Array(64).fill(3)))).toBeUndefined()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(await verify(await signToken({}, { alg: 'ES256' }, privateKey))).toBeUndefined()
  })

  it('without a signature (RFC 8725 §3.2)', async () => {
    expect(await verify(new UnsecuredJWT(goodClaims).encode())).toBeUndefined()
    expect(await verify((await signToken()).replace(/[^.]+$/, ''))).toBeUndefined()
  })

  it('with a signature by another secret, or over other claims', async () => {
    expect(await verify(await signToken({}, {}, new Uint8Array(32).fill(4)))).toBeUndefined()
    const [header, , signature] = (await signToken()).split('.')
    const payload = Buffer.from(JSON.stringify({ ...goodClaims, gen: 3 })).toString('base64url')
    expect(await verify([header, payload, signature].join('.'))).toBeUndefined()
  })

  it.each(['', '.', '..', 'a.b.c', 'a.b.c.d', 'é.é.é', 'x'.repeat(20_000)])('where it is no JWT at all: %#', async (value) => {
    expect(await verify(value)).toBeUndefined()
  })

  it.each(['\n', '\r\n', ' ', '\t'])('with %j in its signature, which has one spelling', async (space) => {
    const token = await signToken()
    expect(await verify(`${token.slice(0, -4)}${space}${token.slice(-4)}`)).toBeUndefined()
    expect(await verify(`${token}${space}`)).toBeUndefined()
  })

  it('with a critical extension that is not known (RFC 7515 §4.1.11)', async () => {
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'r1', typ: 'rt+jwt', crit: ['x'], x: 1 })).toString('base64url')
    const [, payload, signature] = (await signToken()).split('.')
    expect(await verify([header, payload, signature].join('.'))).toBeUndefined()
  })
})

describe('a refresh JWT that cannot be judged', () => {
  it('is not called bad', async () => {
    const away = createRefreshTokenVerifier(
      { issuer: ISSUER, longestLifetime: () => seconds(LONGEST) },
      () => Promise.reject(new StoreUnavailable('keys')),
      stillClock(),
    )
    await expect(away(await signToken())).rejects.toThrow(StoreUnavailable)
  })
})
