import fc from 'fast-check'
import { formatScopes, isReservedScope, isWithin, parseScopes } from '../../src/model/scope.js'

const scopeToken = fc
  .array(
    fc.integer({ min: 0x21, max: 0x7e }).filter((code) => code !== 0x22 && code !== 0x5c),
    { minLength: 1, maxLength: 12 },
  )
  .map((codes) => String.fromCharCode(...codes))

describe('a scope value (RFC 6749 §3.3)', () => {
  it.each([
    ['', []],
    ['read', ['read']],
    ['read write', ['read', 'write']],
    ['write read write', ['write', 'read']],
    ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~", ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~"]],
  ])('%j is read as %j', (value, scopes) => {
    expect(parseScopes(value)).toEqual(scopes)
  })

  it.each([
    ' ',
    ' read',
    'read ',
    'read  write',
    'read\twrite',
    'read\nwrite',
    'a"b',
    'a\\b',
    'größe',
    'a\u0000',
    'a\u007f',
    '\u2003',
    'read,\u00a0write',
  ])('%j is malformed', (value) => {
    expect(parseScopes(value)).toBeUndefined()
  })

  it('comes back as it was written, each token once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scopeToken), (scopes) => {
        expect(parseScopes(formatScopes(scopes))).toEqual(scopes)
      }),
    )
  })

  it('never yields anything but scope tokens, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
        const scopes = parseScopes(value)
        if (scopes === undefined) return
        expect(new Set(scopes).size).toBe(scopes.length)
        for (const scope of scopes) expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/)
      }),
    )
  })
})

describe('scopes', () => {
  it('lie within others only if every one of them does', () => {
    expect(isWithin([], [])).toBe(true)
    expect(isWithin(['a'], ['b', 'a'])).toBe(true)
    expect(isWithin(['a', 'c'], ['a', 'b'])).toBe(false)
    expect(isWithin(['A'], ['a'])).toBe(false)
  })

  it.each(['revocation_feed', 'introspect_any', 'jeton:admin', 'apim:', 'apim:api_create'])('of Jeton are its own: %s', (scope) => {
    expect(isReservedScope(scope)).toBe(true)
  })

  it.each(['openid', 'revocation_feeds', 'Introspect_any', 'jeton:', 'apim', 'xapim:a'])('of others are not: %s', (scope) => {
    expect(isReservedScope(scope)).toBe(false)
  })
})
