import { generateKeyPairSync } from 'node:crypto'
import { parsePublicKeySet } from '../../src/verification/public-jwk.js'
import { pair, rsa } from './signed-tokens.js'

const ec = pair.publicKey.export({ format: 'jwk' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

it('finds a key by its name for its algorithm only (RFC 8725 §3.1)', () => {
  const set = parsePublicKeySet({ keys: [{ ...ec, kid: 'one', alg: 'ES256', use: 'sig' }] })
  expect(set.find('one', 'ES256')?.key.equals(pair.publicKey)).toBe(true)
  expect([set.find('one', 'RS256'), set.find('two', 'ES256'), set.find('constructor', 'ES256')]).toEqual([undefined, undefined, undefined])
})

it('a key without alg is for whatever its type allows', () => {
  const set = parsePublicKeySet({ keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r' }] })
  expect(['RS256', 'PS256', 'ES256', 'EdDSA'].filter((algorithm) => set.find('r', algorithm) !== undefined)).toEqual(['RS256', 'PS256'])
})

it.each([
  ['for encryption (RFC 7517 §4.2)', { ...ec, kid: 'x', use: 'enc' }],
  ['for signing only (RFC 7517 §4.3)', { ...ec, kid: 'x', key_ops: ['sign'] }],
  ['without a name', ec],
  ['with a name that is no text', { ...ec, kid: 7 }],
  ['of another type than its algorithm', { ...ec, kid: 'x', alg: 'RS256' }],
  ['of an algorithm that nobody here uses', { ...ec, kid: 'x', alg: 'ES384' }],
  ['not on the curve', { ...ec, kid: 'x', x: ec.y }],
  ['of an unknown type', { kty: 'quantum', kid: 'x' }],
  ['null', null],
  ['a text', 'key'],
])('a key %s is passed over, and the others serve (RFC 7517 §5)', (_what, jwk) => {
  const set = parsePublicKeySet({ keys: [jwk, { ...other, kid: 'good' }] })
  expect([set.size, set.find('x', 'ES256'), set.find('good', 'ES256') !== undefined]).toEqual([1, undefined, true])
})

it('two keys of one name and algorithm cannot be told apart: neither serves', () => {
  const set = parsePublicKeySet({
    keys: [
      { ...ec, kid: 'x' },
      { ...other, kid: 'x' },
      { ...ec, kid: 'x' },
    ],
  })
  expect([set.size, set.find('x', 'ES256')]).toEqual([0, undefined])
})

it('a private or symmetric key verifies nothing, and is named', () => {
  const keys = [
    { ...pair.privateKey.export({ format: 'jwk' }), kid: 'leaked' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
    { ...other, kid: 'good' },
  ]
  const set = parsePublicKeySet({ keys })
  expect([set.size, set.exposed]).toEqual([1, ['leaked', 'shared']])
  expect(set.find('leaked', 'ES256')).toBeUndefined()
})

it.each([[null], [[]], [{}], [{ keys: {} }], ['keys']])('%j is no key set', (value) => {
  expect(() => parsePublicKeySet(value)).toThrow(TypeError)
})
