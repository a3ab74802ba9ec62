import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { namesOf, parseImportedKeys } from '../../src/keys/imported-key.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { planImport } from '../../src/keys/plan-keys.js'
import { createSealer } from '../../src/keys/seal.js'
import { epochSeconds, seconds } from '../../src/model/time.js'

const CERTIFICATE = readFileSync('test/fixtures/wso2/signing.crt', 'utf8')
const PRIVATE_KEY = readFileSync('test/fixtures/wso2/signing.key', 'utf8')
const KID = 'MTMzYmYyNmMxYTA0OWIxNTQwNmQ4NWM5OTFkZGZlNGYxNWQ1N2E5MDI2MGYzOTVjZGVlNGFjNGMzMjgyN2M5NA_RS256'
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pemOf = (key: typeof ec): string => key.export({ format: 'pem', type: 'spki' }).toString()
const jwkOf = (key: typeof ec): Record<string, unknown> => ({ ...key.export({ format: 'jwk' }) })

describe('Keys that are taken in', () => {
  it('are those of certificates, named as WSO2 names them', () => {
    const [key, ...others] = parseImportedKeys(`some text\n${CERTIFICATE}`, undefined)
    expect(others).toEqual([])
    expect(key).toMatchObject({ keyId: KID, algorithm: 'RS256' })
    expect(namesOf({ ...JSON.parse(key?.publicJwk ?? '{}'), kid: KID, alg: 'RS256' })).toEqual([
      KID,
      KID.replace('_RS256', ''),
      'NGUxYjc3NDBhMmNjNDQ5YWU5ZDQ3ODY2MTQ5M2VhNmY1NTQ0NzMyZg',
      'NGUxYjc3NDBhMmNjNDQ5YWU5ZDQ3ODY2MTQ5M2VhNmY1NTQ0NzMyZg_RS256',
    ])
  })

  it('are public keys with a name that is given, and those of a key set with their own', () => {
    expect(parseImportedKeys(pemOf(ec), 'one')).toMatchObject([{ keyId: 'one', algorithm: 'ES256' }])
    const set = {
      keys: [
        { ...jwkOf(rsa.publicKey), kid: 'two', alg: 'PS256' },
        { ...jwkOf(ec), kid: 'three' },
        { ...jwkOf(ec), kid: 'four', use: 'enc' },
      ],
    }
    expect(parseImportedKeys(JSON.stringify(set), undefined).map(({ keyId, algorithm }) => [keyId, algorithm])).toEqual([
      ['two', 'PS256'],
      ['three', 'ES256'],
    ])
  })

  it.each([
    ['a private key', PRIVATE_KEY, 'private'],
    ['a private JSON Web Key', JSON.stringify({ ...rsa.privateKey.export({ format: 'jwk' }), kid: 'x' }), 'private'],
    ['a secret', JSON.stringify({ kty: 'oct', k: 'AAAA', kid: 'x' }), 'private'],
    ['nothing', '', 'no certificate'],
    ['no JSON', '{', 'no JSON'],
    ['a certificate that is cut off', CERTIFICATE.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n'), 'cannot be read'],
    ['a public key without a name', pemOf(ec), '--kid'],
    ['a short RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), '2048'],
    ['an unknown algorithm', JSON.stringify({ ...jwkOf(rsa.publicKey), kid: 'x', alg: 'RS512' }), 'not supported'],
    ['a broken key', JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'x' }), 'cannot be read'],
  ])('are refused where it is %s', (_name, text, message) => {
    const name = text.includes('BEGIN PUBLIC') && message !== '--kid' ? 'x' : undefined
    expect(() => parseImportedKeys(text, name)).toThrow(message)
  })

  it('verify as they were sealed, whatever is written beside that', async () => {
    const sealer = createSealer([Buffer.alloc(32, 1)])
    const settings = {
      algorithm: 'ES256',
      rotateEvery: seconds(1),
      publishBefore: seconds(1),
      ringTakeover: seconds(1),
      signingLag: seconds(1),
    } as const
    const planning = { keys: [], now: epochSeconds(1000), longestLifetime: seconds(60), sealer, settings }
    const { insert = [] } = planImport(parseImportedKeys(pemOf(ec), 'one'), epochSeconds(2000), planning)
    const changed = insert.map((key) => ({ ...key, publicJwk: JSON.stringify(jwkOf(rsa.publicKey)) }))
    const ring = await openKeyRing(changed, sealer)
    expect(ring.publicJwks()).toMatchObject([{ kty: 'EC', kid: 'one', x: jwkOf(ec).x }])
    expect(ring.adoptedKey('one')).toMatchObject({ keyId: 'one', algorithm: 'ES256' })
    expect(ring.verificationKey('access', 'one')).toBeUndefined()
    expect(() => ring.signingKey('access', epochSeconds(1500))).toThrow()
  })
})
