import { createPrivateKey, createPublicKey } from 'node:crypto'
import { generateKey, type NewKey, sealLabel } from '../../src/keys/generate-key.js'
import { createSealer } from '../../src/keys/seal.js'
import { epochSeconds } from '../../src/model/time.js'

const sealer = createSealer([Buffer.alloc(32, 3)])
const aNewKey = (algorithm: NewKey['algorithm'], use: NewKey['use'] = 'access'): NewKey => ({
  use,
  algorithm,
  createdAt: epochSeconds(1000),
  signsFrom: undefined,
})

const openedOf = (key: ReturnType<typeof generateKey>): Buffer => sealer.open(key.sealed, sealLabel(key))

describe('a new key', () => {
  it.each([
    ['ES256', { kty: 'EC', crv: 'P-256' }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
    ['RS256', { kty: 'RSA', e: 'AQAB' }],
    ['PS256', { kty: 'RSA', e: 'AQAB' }],
  ] as const)('of %s has a public half that belongs to what is sealed, and nothing private beside it', (algorithm, form) => {
    const key = generateKey(aNewKey(algorithm), sealer)
    const jwk = JSON.parse(key.publicJwk ?? '') as Record<string, string>
    expect(jwk).toMatchObject(form)
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(jwk).not.toHaveProperty(member)
    const privateKey = createPrivateKey({ key: openedOf(key), format: 'der', type: 'pkcs8' })
    expect(createPublicKey(privateKey).export({ format: 'jwk' })).toEqual(jwk)
  })

  it('of RSA has 2048 bits (RFC 7518 §3.3)', () => {
    const privateKey = createPrivateKey({ key: openedOf(generateKey(aNewKey('RS256'), sealer)), format: 'der', type: 'pkcs8' })
    expect(privateKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
  })

  it.each(['refresh', 'secret'] as const)('for use "%s" is 256 random bits without a public half', (use) => {
    const [one, other] = [generateKey(aNewKey('HS256', use), sealer), generateKey(aNewKey('HS256', use), sealer)]
    expect(one.publicJwk).toBeUndefined()
    expect(openedOf(one)).toHaveLength(32)
    expect(openedOf(one)).not.toEqual(openedOf(other))
  })

  it('has a name of its own, its times, and no end', () => {
    const keys = Array.from({ length: 50 }, () => generateKey({ ...aNewKey('HS256', 'refresh'), signsFrom: epochSeconds(7) }, sealer))
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(50)
    expect(keys[0]).toMatchObject({ createdAt: 1000, signsFrom: 7, retiresAt: undefined, retiredAt: undefined })
    expect(keys[0]?.keyId).toMatch(/^[0-9a-f]{24}$/)
  })

  it('is sealed for its use, its algorithm and its name', () => {
    const key = generateKey(aNewKey('HS256', 'refresh'), sealer)
    const labels = [
      { ...key, use: 'secret' as const },
      { ...key, algorithm: 'ES256' as const },
      { ...key, keyId: generateKey(aNewKey('HS256'), sealer).keyId },
    ]
    for (const label of labels) expect(() => sealer.open(key.sealed, sealLabel(label))).toThrow('encryption key')
  })
})
