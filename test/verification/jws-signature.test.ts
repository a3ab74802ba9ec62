import { generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, compactVerify } from 'jose'
import { ACCESS_ALGORITHMS, isKeyFor, isSignedWith } from '../../src/verification/jws-signature.js'
import { pair, rsa } from './signed-tokens.js'

const keys: Readonly<Record<string, KeyPairKeyObjectResult>> = {
  ES256: pair,
  RS256: rsa,
  PS256: rsa,
  EdDSA: generateKeyPairSync('ed25519'),
}
const keyOf = (algorithm: string): KeyPairKeyObjectResult => keys[algorithm] ?? pair
const signed = (alg: string): Promise<string> => new CompactSign(Buffer.from('{"a":1}')).setProtectedHeader({ alg }).sign(keyOf(alg).privateKey)

const joseAgrees = (token: string, algorithm: string): Promise<boolean> =>
  compactVerify(token, keyOf(algorithm).publicKey, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  )

describe.each(ACCESS_ALGORITHMS)('%s', (algorithm) => {
  const key = keyOf(algorithm).publicKey

  it('verifies what jose signed, and nothing that was changed', async () => {
    const token = await signed(algorithm)
    expect(isSignedWith({ algorithm, key }, token)).toBe(true)
    expect(isSignedWith({ algorithm, key }, `x${token}`)).toBe(false)
    expect(isSignedWith({ algorithm, key }, token.slice(0, -4))).toBe(false)
    expect(isSignedWith({ algorithm, key }, token.slice(0, token.lastIndexOf('.') + 1))).toBe(false)
  })

  it('says what jose says whatever bytes the signature has', async () => {
    const token = await signed(algorithm)
    const input = token.slice(0, token.lastIndexOf('.') + 1)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const forged = `${input}${Buffer.from(bytes).toString('base64url')}`
        expect(isSignedWith({ algorithm, key }, forged)).toBe(await joseAgrees(forged, algorithm))
      }),
      { numRuns: 50 },
    )
  })

  it('refuses a signature of zeros (as r = s = 0 once passed elsewhere)', async () => {
    const input = (await signed(algorithm)).split('.').slice(0, 2).join('.')
    for (const length of [64, 256]) expect(isSignedWith({ algorithm, key }, `${input}.${Buffer.alloc(length).toString('base64url')}`)).toBe(false)
  })

  it('takes no key of another type, no private key, and no short one', () => {
    const fitting = ACCESS_ALGORITHMS.filter((other) => isKeyFor(algorithm, keyOf(other).publicKey))
    expect(fitting).toEqual(keyOf(algorithm) === rsa ? ['RS256', 'PS256'] : [algorithm])
    expect(isKeyFor(algorithm, keyOf(algorithm).privateKey)).toBe(false)
    const unfit = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('x25519'),
    ]
    expect(unfit.map(({ publicKey }) => isKeyFor(algorithm, publicKey))).toEqual([false, false, false])
  })
})

it('ES256 is verified whatever the coordinates begin with: zeros, or a bit that is set', () => {
  const seen = new Set<string>()
  for (let n = 0; n < 1500; n++) {
    const input = `e30.${Buffer.from(String(n)).toString('base64url')}`
    const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
    for (const first of [signature[0], signature[32]]) seen.add(first === 0 ? 'zero' : Number(first) > 0x7f ? 'set' : 'plain')
    expect(isSignedWith({ algorithm: 'ES256', key: pair.publicKey }, `${input}.${signature.toString('base64url')}`)).toBe(true)
  }
  expect([...seen].sort()).toEqual(['plain', 'set', 'zero'])
})

it('an algorithm that is not known verifies nothing', async () => {
  expect(isSignedWith({ algorithm: 'none', key: pair.publicKey }, await signed('ES256'))).toBe(false)
  expect(isKeyFor('HS256', pair.publicKey)).toBe(false)
})
