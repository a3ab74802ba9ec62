import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createVerificationKeyFinder } from '../../src/keys/find-verification-key.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { createSealer } from '../../src/keys/seal.js'
import { epochSeconds } from '../../src/model/time.js'
import type { AccessAlgorithm } from '../../src/stores/key-store.js'
import { aKey, sealer } from './stored-keys.js'

const at = epochSeconds
const [OLD, NOW] = [at(100), at(1000)]

describe('the key that signs', () => {
  it('is the latest of its use that has begun to', async () => {
    const keys = [aKey('access', { signsFrom: OLD }), aKey('access', { signsFrom: NOW }), aKey('refresh', { signsFrom: at(2000) }), aKey('refresh')]
    const ring = await openKeyRing(keys, sealer)
    expect(ring.signingKey('access', at(999)).keyId).toBe(keys[0]?.keyId)
    expect(ring.signingKey('access', NOW).keyId).toBe(keys[1]?.keyId)
    expect(ring.signingKey('access', at(5000)).keyId).toBe(keys[1]?.keyId)
    expect(ring.signingKey('refresh', NOW).keyId).toBe(keys[3]?.keyId)
    expect(ring.signingKey('refresh', at(2000)).keyId).toBe(keys[2]?.keyId)
  })

  it('of two that began in one second is the one that was not replaced', async () => {
    const keys = [aKey('access', { signsFrom: NOW, retiresAt: at(9000) }), aKey('access', { signsFrom: NOW })]
    for (const order of [keys, [...keys].reverse()]) expect((await openKeyRing(order, sealer)).signingKey('access', NOW).keyId).toBe(keys[1]?.keyId)
  })

  it('is never one that is only published, retired, or of another use', async () => {
    const ring = await openKeyRing(
      [aKey('access', { signsFrom: undefined }), aKey('access', { retiredAt: OLD }), aKey('refresh'), aKey('secret')],
      sealer,
    )
    expect(() => ring.signingKey('access', NOW)).toThrow(StoreUnavailable)
  })

  it('is the first one also for an instant before it began, as clocks differ', async () => {
    const keys = [aKey('refresh', { signsFrom: OLD }), aKey('refresh', { signsFrom: NOW }), aKey('refresh', { signsFrom: undefined })]
    expect((await openKeyRing(keys, sealer)).signingKey('refresh', at(99)).keyId).toBe(keys[0]?.keyId)
  })

  it('is the one that took its place where it was revoked, and never an older one whose end has been set', async () => {
    const [older, revoked, next] = [
      aKey('refresh', { signsFrom: OLD, retiresAt: at(2000) }),
      aKey('refresh', { signsFrom: at(500), retiredAt: NOW }),
      aKey('refresh', { signsFrom: NOW }),
    ]
    const ring = await openKeyRing([older, revoked, next], sealer)
    expect(ring.signingKey('refresh', at(999)).keyId).toBe(next.keyId)
    expect(ring.signingKey('refresh', at(499)).keyId).toBe(older.keyId)
  })
})

describe('the key that verifies', () => {
  it('is found by its name, also before and after it signs', async () => {
    const keys = [aKey('access', { signsFrom: undefined }), aKey('access', { retiresAt: OLD }), aKey('access')]
    const ring = await openKeyRing(keys, sealer)
    for (const { keyId } of keys) expect(ring.verificationKey('access', keyId)?.algorithm).toBe('ES256')
  })

  it('is not found for another use, once it is retired, nor for an unknown name', async () => {
    const [access, refresh, secret, retired] = [aKey('access'), aKey('refresh'), aKey('secret'), aKey('access', { retiredAt: OLD })]
    const ring = await openKeyRing([access, refresh, secret, retired], sealer)
    expect(ring.verificationKey('access', refresh.keyId)).toBeUndefined()
    expect(ring.verificationKey('refresh', access.keyId)).toBeUndefined()
    expect(ring.verificationKey('refresh', secret.keyId)).toBeUndefined()
    expect(ring.verificationKey('access', retired.keyId)).toBeUndefined()
    expect(ring.verificationKey('access', 'constructor')).toBeUndefined()
  })

  it('is given to jose only for the algorithm it was made for (RFC 8725 §3.1)', async () => {
    const [access, refresh] = [aKey('access'), aKey('refresh')]
    const ring = await openKeyRing([access, refresh], sealer)
    const find = createVerificationKeyFinder('access', () => ring)
    const noSignature = { payload: '', signature: '' }
    await expect(find({ alg: 'ES256', kid: access.keyId }, noSignature)).resolves.toBe(ring.verificationKey('access', access.keyId)?.key)
    for (const header of [
      { alg: 'HS256', kid: access.keyId },
      { alg: 'none', kid: access.keyId },
      { alg: 'ES256' },
      { alg: 'ES256', kid: refresh.keyId },
    ])
      await expect(find(header, noSignature)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'of %s accepts what its own ring signs, by name from the public set',
    async (algorithm: AccessAlgorithm) => {
      const key = aKey('access', { algorithm })
      const ring = await openKeyRing([key, aKey('access')], sealer)
      const signing = (await openKeyRing([key], sealer)).signingKey('access', NOW)
      const input = `${Buffer.from(JSON.stringify({ alg: signing.algorithm, kid: signing.keyId })).toString('base64url')}.bWVzc2FnZQ`
      const keySet = createLocalJWKSet({ keys: ring.publicJwks() } as unknown as JSONWebKeySet)
      const { protectedHeader } = await compactVerify(`${input}.${signing.sign(input)}`, keySet, { algorithms: [algorithm] })
      expect(protectedHeader.kid).toBe(key.keyId)
    },
  )
})

describe('the published keys (RFC 7517)', () => {
  it('are those of access tokens in force, with name, algorithm and use, and without anything private', async () => {
    const algorithms: readonly AccessAlgorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA']
    const keys = algorithms.map((algorithm, at) => aKey('access', { algorithm, signsFrom: at === 0 ? undefined : OLD }))
    const ring = await openKeyRing([...keys, aKey('refresh'), aKey('secret'), aKey('access', { retiredAt: OLD })], sealer)
    const published = ring.publicJwks()
    expect(published.map(({ kid, alg, use }) => ({ kid, alg, use }))).toEqual(
      keys.map(({ keyId, algorithm }) => ({ kid: keyId, alg: algorithm, use: 'sig' })),
    )
    const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']
    for (const jwk of published) for (const member of Object.keys(jwk)) expect(publicMembers).toContain(member)
  })
})

describe('a ring', () => {
  it('is not opened with the wrong encryption key', async () => {
    await expect(openKeyRing([aKey('refresh')], createSealer([Buffer.alloc(32, 6)]))).rejects.toMatchObject({ code: 'wrong_encryption_key' })
  })

  it('is not opened when a key has been put in the place of another', async () => {
    const [one, other] = [aKey('refresh'), aKey('refresh')]
    await expect(openKeyRing([{ ...one, sealed: other.sealed }], sealer)).rejects.toMatchObject({ code: 'wrong_encryption_key' })
    await expect(openKeyRing([{ ...one, use: 'secret' }], sealer)).rejects.toMatchObject({ code: 'wrong_encryption_key' })
  })

  it('has the one secret that keys hashes, and says so when there is none', async () => {
    const ring = await openKeyRing([aKey('secret')], sealer)
    expect(ring.secret()).toHaveLength(32)
    expect(() => ring.signingKey('refresh', NOW)).toThrow(StoreUnavailable)
    const empty = await openKeyRing([aKey('secret', { retiredAt: OLD })], sealer)
    expect(() => empty.secret()).toThrow(StoreUnavailable)
  })
})
