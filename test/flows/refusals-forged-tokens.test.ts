import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import type { SigningKey } from '../../src/keys/key-ring.js'
import { createMacSigner } from '../../src/keys/sign.js'
import { claimsOf, compactJws, headerOf, type Json, SEALING_KEY, signingKeyOf } from '../http/forge-token.js'
import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Of the two ECDSA signatures (r, s) and (r, n − s), which say the same, the other one. */
function otherSignature(signature: string): string {
  const raw = Buffer.from(signature, 'base64url')
  const s = P256_ORDER - BigInt(`0x${raw.subarray(32).toString('hex')}`)
  return Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64url')
}

/** The same bytes in another spelling of base64url, whose last digit has bits to spare. */
function respelled(text: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = digits.indexOf(text.at(-1) ?? '')
  return `${text.slice(0, -1)}${digits[last ^ 1]}`
}

describe('a forged token', () => {
  const clock = new StillClock()
  let jeton: JetonInProcess
  let client: Credentials
  let key: SigningKey
  let header: Json
  let claims: Json
  beforeAll(async () => {
    jeton = await startJeton({ clock, sealingKey: SEALING_KEY, toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({ scopes: 'openid introspect_any revocation_feed' })
    key = await signingKeyOf(jeton, 'access', clock.now())
    const { access_token: token } = await pair()
    header = headerOf(token)
    claims = { ...claimsOf(token), jti: 'made-by-hand' }
  })
  afterAll(() => jeton.close())

  const pair = async (scope = 'openid revocation_feed') =>
    (await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope }, client).expect(200)).body
  const introspected = async (token: string, hint: string) => {
    const { status, text } = await jeton.post('/oauth2/introspect', { token, token_type_hint: hint }, client)
    return `${status} ${text}`
  }
  const forged = (changes: { readonly header?: Json; readonly claims?: Json }, sign = key.sign) =>
    compactJws({ ...header, ...changes.header }, { ...claims, ...changes.claims }, sign)

  /** Asserts that a token is refused wherever one can be shown, and nothing is said of why. */
  async function expectRefused(token: string): Promise<void> {
    for (const hint of ['', 'access_token', 'refresh_token']) expect(await introspected(token, hint)).toBe('200 {"active":false}')
    for (const path of ['/oauth2/userinfo', '/revocations/snapshot']) {
      const { status, body } = await jeton.get(path, token)
      // A token with signs that none can have is malformed; every other is invalid.
      expect([`400 invalid_request`, `401 invalid_token`]).toContain(`${status} ${body.error}`)
    }
    const refresh = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, client)
    expectRefusal(refresh, 400, 'invalid_grant')
    const before = await jeton.stores.revocations.since(0, 1000)
    await jeton.post('/oauth2/revoke', { token }, client).expect(200)
    expect(await jeton.stores.revocations.since(0, 1000)).toEqual(before)
  }

  it('signed with the server’s key and right in every claim would be good: what follows is refused for what it says', async () => {
    expect(await introspected(forged({}), '')).toContain('200 {"active":true')
    expect((await jeton.get('/revocations/snapshot', forged({}))).status).toBe(200)
  })

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('with alg %j is refused, with and without a signature (RFC 8725 §3.2, RFC 9068 §4)', async (alg) => {
    await expectRefused(forged({ header: { alg } }))
    await expectRefused(forged({ header: { alg } }, () => ''))
  })

  it('of HS256, keyed with the published key in any form, is refused (RFC 8725 §3.1, §2.1)', async () => {
    const { body } = await jeton.get('/oauth2/jwks').expect(200)
    const published = body.keys.find((one: Json) => one.kid === header.kid) as Json
    const publicKey = createPublicKey({ key: { ...published }, format: 'jwk' })
    const forms = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(published),
      Buffer.from(String(published.x), 'base64url'),
      '',
    ]
    for (const form of forms) await expectRefused(forged({ header: { alg: 'HS256' } }, createMacSigner(Buffer.from(form))))
  })

  it('with an algorithm that the key is not made for is refused (RFC 8725 §3.1)', async () => {
    for (const alg of ['ES384', 'ES256K', 'RS256', 'PS256', 'EdDSA', 'HS512', 'es256', 'A128KW']) await expectRefused(forged({ header: { alg } }))
    for (const alg of [undefined, 256, null, ['ES256'], { alg: 'ES256' }]) await expectRefused(forged({ header: { alg } }))
  })

  it.each([
    ['missing', undefined],
    ['unknown', 'unknown'],
    ['empty', ''],
    ['a number', 1],
    ['null', null],
    ['an array', ['a']],
    ['an object', { toString: 'a' }],
    ['a path', '../../../../dev/null'],
    ['SQL', "' OR '1'='1"],
    ['a name that JavaScript has', '__proto__'],
    ['very long', 'k'.repeat(1000)],
  ])('whose kid is %s is refused (RFC 8725 §3.10)', async (_what, kid) => {
    await expectRefused(forged({ header: { kid } }))
  })

  it('whose kid is an array of the right one is refused (RFC 7515 §4.1.4)', async () => {
    await expectRefused(forged({ header: { kid: [header.kid] } }))
    await expectRefused(forged({ header: { kid: `${header.kid} ` } }))
  })

  it('that brings or names its own key is refused (RFC 8725 §3.10)', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const sign = (input: string) => signBytes('sha256', Buffer.from(input), { key: own.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    const jwk = own.publicKey.export({ format: 'jwk' })
    for (const kid of [header.kid, 'own', undefined]) {
      await expectRefused(forged({ header: { kid, jwk } }, sign))
      await expectRefused(forged({ header: { kid, jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x5u', x5c: ['AAAA'] } }, sign))
    }
  })

  it.each([[['exp']], [['b64']], [[]], ['exp'], [null], [['unknown']]])('with crit %j is refused (RFC 7515 §4.1.11)', async (crit) => {
    await expectRefused(forged({ header: { crit, b64: true, exp: 1, unknown: 1 } }))
  })

  it.each([undefined, 'JWT', 'at+JWS', 'rt+jwt', 'application/jwt', '', 1, null, ['at+jwt'], 'id_token+jwt', 'logout+jwt', ' at+jwt'])(
    'of typ %j is refused (RFC 9068 §4, RFC 8725 §3.11)',
    async (typ) => {
      await expectRefused(forged({ header: { typ } }))
    },
  )

  it('of typ application/at+jwt is good, in any case (RFC 9068 §4)', async () => {
    for (const typ of ['application/at+jwt', 'AT+JWT']) expect(await introspected(forged({ header: { typ } }), '')).toContain('"active":true')
  })

  it('of another issuer is refused, however alike (RFC 9068 §4, RFC 8725 §3.8)', async () => {
    for (const iss of [undefined, 'https://other.test', `${claims.iss}/`, String(claims.iss).toUpperCase(), [claims.iss], '', null, 1]) {
      await expectRefused(forged({ claims: { iss } }))
    }
  })

  it('without an audience that can be read is refused (RFC 9068 §2.2, §4)', async () => {
    for (const aud of [undefined, null, 1, {}, [], '', [1], [claims.aud, 1], ['']]) await expectRefused(forged({ claims: { aud } }))
  })

  it('meant for somebody else opens nothing here (RFC 9068 §4, RFC 8725 §3.9)', async () => {
    const token = forged({ claims: { aud: 'https://other.test' } })
    expectRefusal(await jeton.get('/revocations/snapshot', token), 401, 'invalid_token')
    const stranger = await jeton.createClient({})
    const foreign = forged({ claims: { aud: 'https://other.test', client_id: 'somebody-else' } })
    expect((await jeton.post('/oauth2/introspect', { token: foreign }, stranger)).text).toBe('{"active":false}')
  })

  it('that has expired, or whose times are no whole seconds, is refused (RFC 9068 §4, RFC 7519 §4.1.4)', async () => {
    const now = clock.now()
    for (const exp of [now, now - 1, 0, -1, undefined, null, `${now + 60}`, now + 60.5, Number.MAX_SAFE_INTEGER + 1, [now + 60]]) {
      await expectRefused(forged({ claims: { exp } }))
    }
    for (const iat of [undefined, null, `${now}`, now + 0.5, now + 10_000]) await expectRefused(forged({ claims: { iat } }))
  })

  it('that is not valid yet is refused (RFC 7519 §4.1.5)', async () => {
    await expectRefused(forged({ claims: { nbf: clock.now() + 60 } }))
    await expectRefused(forged({ claims: { nbf: 'now' } }))
  })

  it('that lives longer than any that was ever issued is refused', async () => {
    const longest = jeton.settings.lifetimes.userAccessToken
    const iat = clock.now()
    expect(await introspected(forged({ claims: { iat, exp: iat + longest } }), '')).toContain('"active":true')
    await expectRefused(forged({ claims: { iat, exp: iat + longest + 1 } }))
    await expectRefused(forged({ claims: { iat: 0, exp: iat + 60 } }))
  })

  it.each(['sub', 'client_id', 'jti', 'aut'])('without %s, or with one that is no text, is refused (RFC 9068 §2.2, §4)', async (name) => {
    for (const value of [undefined, null, 1, '', [claims[name]], 'x'.repeat(256)]) await expectRefused(forged({ claims: { [name]: value } }))
  })

  it('whose scope is malformed is refused (RFC 9068 §2.2.3, RFC 6749 §3.3)', async () => {
    for (const scope of [['openid'], 1, null, 'a  b', 'a"b', 'é']) await expectRefused(forged({ claims: { scope } }))
  })

  it('with a claim or header that stands twice counts by the last, as one reader for all (RFC 7519 §4, RFC 7515 §4)', async () => {
    const twice = (object: Json, name: string, first: unknown): string =>
      `{${JSON.stringify(name)}:${JSON.stringify(first)},${JSON.stringify(object).slice(1)}`
    const expired = { ...claims, exp: clock.now() - 1 }
    await expectRefused(compactJws(header, twice(expired, 'exp', clock.now() + 60), key.sign))
    await expectRefused(compactJws(header, twice({ ...claims, iss: 'https://other.test' }, 'iss', claims.iss), key.sign))
    await expectRefused(compactJws(twice({ ...header, alg: 'none' }, 'alg', 'ES256'), claims, key.sign))
    await expectRefused(compactJws(twice({ ...header, kid: 'unknown' }, 'kid', header.kid), claims, key.sign))
  })

  it('whose parts are no JSON objects in UTF-8 is refused (RFC 7519 §7.2)', async () => {
    for (const payload of ['', 'null', '[]', '1', '"x"', '{', `${JSON.stringify(claims)}x`, '\ufeff{}'])
      await expectRefused(compactJws(header, payload, key.sign))
    for (const broken of ['', 'null', '[]', '1', '"x"', '{']) await expectRefused(compactJws(broken, claims, key.sign))
    const latin = Buffer.from('{"sub":"\xe9"}', 'latin1').toString('base64url')
    const input = `${forged({}).split('.')[0]}.${latin}`
    await expectRefused(`${input}.${key.sign(input)}`)
  })

  it('with more, fewer or empty parts, or signs that base64url has not, is refused (RFC 7515 §7.1, §2)', async () => {
    const good = forged({})
    const [head = '', payload = '', signature = ''] = good.split('.')
    const bad = [
      `${head}.${payload}`,
      `${good}.`,
      `.${good}`,
      `${good}.${signature}`,
      `${head}..${signature}`,
      `${good}=`,
      `${good}==`,
      good.replaceAll('.', '%2E'),
      `${head}.${payload}.${signature.slice(0, -2)}`,
      `${head}.${payload}.${'A'.repeat(86)}`,
      JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
      `${head}.${payload}.${signature.replace(/.$/, '+')}`,
    ]
    for (const token of bad) await expectRefused(token)
    for (const token of [` ${good}`, `${good} `, `${good}\n`, `${good}\0`]) expect(await introspected(token, '')).toBe('200 {"active":false}')
  })

  it('with a signature spelled otherwise is refused (RFC 7515 §2, RFC 4648 §3.5)', async () => {
    await expectRefused(respelled(forged({})))
  })

  it('that is a revoked one with another signature, or signed anew, is refused as the revoked one is (RFC 7009 §2.2)', async () => {
    const { access_token: token } = await pair()
    const [head = '', payload = '', signature = ''] = token.split('.')
    const malleated = `${head}.${payload}.${otherSignature(signature)}`
    expect(await introspected(malleated, '')).toContain('"active":true')
    await jeton.post('/oauth2/revoke', { token }, client).expect(200)
    for (const same of [token, malleated, respelled(token), `${head}.${payload}.${key.sign(`${head}.${payload}`)}`]) await expectRefused(same)
  })

  it('that is a refresh token in all but its typ is no access token, and the reverse (RFC 8725 §3.11, §3.12)', async () => {
    const ring = await signingKeyOf(jeton, 'refresh', clock.now())
    const { refresh_token: refresh } = await pair()
    expect(headerOf(refresh)).toMatchObject({ alg: 'HS256', typ: 'rt+jwt' })
    expect(await introspected(refresh, 'refresh_token')).toContain('"active":true')
    const refreshClaims = claimsOf(refresh)
    await expectRefused(compactJws({ ...headerOf(refresh), typ: 'at+jwt' }, refreshClaims, ring.sign))
    await expectRefused(compactJws({ ...header, typ: 'rt+jwt' }, refreshClaims, key.sign))
    await expectRefused(compactJws({ ...header, alg: 'HS256', typ: 'rt+jwt' }, refreshClaims, ring.sign))
    await expectRefused(forged({ header: { kid: ring.keyId, alg: 'HS256' } }, ring.sign))
  })

  it('that is a refresh token with another issuer, audience, kind, time or signature is refused (RFC 8725 §3.1, §3.8, §3.9)', async () => {
    const ring = await signingKeyOf(jeton, 'refresh', clock.now())
    const { refresh_token: good } = await pair()
    const [refreshHeader, refreshClaims] = [headerOf(good), claimsOf(good)]
    const now = clock.now()
    const bad: readonly Json[] = [
      { iss: 'https://other.test' },
      { aud: 'https://other.test' },
      { aud: undefined },
      { token_type: 'access_token' },
      { exp: now },
      { exp: undefined },
      { exp: Number(refreshClaims.exp) + 1 },
      { gen: -1.5 },
      { gen: '0' },
      { gen: undefined },
      { rt_scope: 1 },
      { rt_aud: undefined },
      { aut: 'ROOT' },
      { grant_id: undefined },
    ]
    for (const change of bad) await expectRefused(compactJws(refreshHeader, { ...refreshClaims, ...change }, ring.sign))
    for (const change of [{ alg: 'none' }, { alg: 'HS512' }, { kid: 'unknown' }, { kid: undefined }, { typ: 'JWT' }, { crit: ['exp'], exp: 1 }]) {
      await expectRefused(compactJws({ ...refreshHeader, ...change }, refreshClaims, ring.sign))
    }
    const guessed = (input: string) => createHmac('sha256', '').update(input).digest('base64url')
    await expectRefused(compactJws(refreshHeader, refreshClaims, guessed))
  })
})
