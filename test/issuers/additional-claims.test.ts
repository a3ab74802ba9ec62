import { decodeJwt } from 'jose'
import { copyAdditionalClaims } from '../../src/issuers/additional-claims.js'
import { createJwtAccessTokenIssuer } from '../../src/issuers/jwt-access-token-issuer.js'
import { createJwtRefreshTokenIssuer } from '../../src/issuers/jwt-refresh-token-issuer.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { seconds } from '../../src/model/time.js'
import { aKey, sealer } from '../keys/stored-keys.js'
import { StillClock } from '../still-clock.js'
import { anAuthorization } from './an-authorization.js'

const WSO2_RESERVED = ['entity_id', 'is_federated', 'is_refresh', 'is_consented', 'tenant_domain']

async function claimsOfJeton(): Promise<readonly string[]> {
  const ring = await openKeyRing([aKey('access'), aKey('refresh')], sealer)
  const clock = new StillClock()
  const lifetimes = { applicationAccessToken: seconds(60), userAccessToken: seconds(60) }
  const settings = { issuer: 'https://id.example', lifetimes, isStored: false }
  const access = createJwtAccessTokenIssuer(settings, (instant) => ring.signingKey('access', instant), clock)(anAuthorization())
  const terms = { generation: 0, issuedAt: clock.now(), expiresAt: clock.now(), scopes: ['a'], audience: ['b'] }
  const refresh = createJwtRefreshTokenIssuer(settings.issuer, (instant) => ring.signingKey('refresh', instant))(anAuthorization(), terms)
  return [access.value, refresh].flatMap((token) => Object.keys(decodeJwt(token)))
}

describe('claims of an issuer of the operator’s own', () => {
  it('are taken as they are, in a copy, however deep', () => {
    const given = { roles: ['a', 'ü'], address: { city: 'Zürich', geo: [1.5, -2] }, vip: false, note: null, 'https://example.com/x': '' }
    const copy = copyAdditionalClaims(given)
    given.roles.push('late')
    expect(copy).toEqual({ ...given, roles: ['a', 'ü'] })
  })

  it('may be none, and one that is undefined is left out', () => {
    expect(copyAdditionalClaims({})).toEqual({})
    expect(Object.keys(copyAdditionalClaims({ a: undefined, b: 1 }))).toEqual(['b'])
  })

  it('may be of a class, and hold a date, which JSON has a form for', () => {
    class Claims {
      readonly since = new Date(0)
    }
    expect(copyAdditionalClaims(new Claims())).toEqual({ since: '1970-01-01T00:00:00.000Z' })
  })

  it('cannot be any that Jeton’s own tokens have, or that WSO2 reserves', async () => {
    for (const name of [...(await claimsOfJeton()), ...WSO2_RESERVED, 'nbf'])
      expect(() => copyAdditionalClaims({ [name]: 'x' })).toThrow(`the claims hold ${name}: reserved`)
  })

  it('are named where they are reserved, by name and never by value', () => {
    expect(() => copyAdditionalClaims({ sub: 'root', tier: 'gold', scope: 'admin' })).toThrow(/^the claims hold sub, scope: reserved$/)
  })

  it('may have a reserved name further in, where it says nothing about the token', () => {
    expect(copyAdditionalClaims({ account: { sub: '1', exp: 2 } })).toEqual({ account: { sub: '1', exp: 2 } })
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'claims'],
    ['a list', [{ a: 1 }]],
    ['a function', () => ({})],
    ['a Map', new Map([['a', 1]])],
    ['what turns into a list', { toJSON: () => [] }],
    ['what turns into nothing', { toJSON: () => undefined }],
  ])('are refused when they are %s', (_, claims) => {
    expect(() => copyAdditionalClaims(claims)).toThrow()
  })

  const circular: Record<string, unknown> = {}
  circular.self = circular
  it.each([
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('a') }],
    ['a BigInt', { a: 1n }],
    ['NaN', { a: Number.NaN }],
    ['Infinity', { a: [Number.POSITIVE_INFINITY] }],
    ['a Map', { a: { b: new Map() } }],
    ['a Set', { a: new Set() }],
    ['bytes', { a: new Uint8Array(4) }],
    ['themselves', circular],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no')
        },
      },
    ],
  ])('are refused when they hold %s, of which JSON would make something else or nothing', (_, claims) => {
    expect(() => copyAdditionalClaims(claims)).toThrow()
  })

  it('are refused beyond 4096 bytes as JSON, counted in UTF-8', () => {
    const around = '{"a":""}'.length
    expect(copyAdditionalClaims({ a: 'x'.repeat(4096 - around) })).toBeDefined()
    expect(() => copyAdditionalClaims({ a: 'x'.repeat(4097 - around) })).toThrow('longer than 4096 bytes')
    expect(() => copyAdditionalClaims({ a: 'ü'.repeat(2048) })).toThrow('longer than 4096 bytes')
  })

  it('cannot reach the prototype of anything', () => {
    const copy = copyAdditionalClaims(JSON.parse('{"__proto__":{"admin":true}}'))
    expect(Object.keys({ ...copy })).toEqual(['__proto__'])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(({ ...copy } as { admin?: boolean }).admin).toBeUndefined()
  })
})
