import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createJwtAccessTokenIssuer } from '../../src/issuers/jwt-access-token-issuer.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { subject } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import type { AccessAlgorithm } from '../../src/stores/key-store.js'
import { aKey, sealer } from '../keys/stored-keys.js'
import { StillClock } from '../still-clock.js'
import { anAuthorization, GRANT } from './an-authorization.js'

const ISSUER = 'https://id.example'
const lifetimes = { applicationAccessToken: seconds(3600), userAccessToken: seconds(900) }
const NOW = new StillClock().now()

async function createFixture(algorithm: AccessAlgorithm = 'ES256', isStored = false) {
  const key = aKey('access', { algorithm })
  const ring = await openKeyRing([key], sealer)
  const issue = createJwtAccessTokenIssuer({ issuer: ISSUER, lifetimes, isStored }, (instant) => ring.signingKey('access', instant), new StillClock())
  return { key, ring, issue }
}

describe('a JWT access token (RFC 9068)', () => {
  it('of an application has exactly these claims, and no nbf', async () => {
    const { issue } = await createFixture()
    const issued = issue(anAuthorization())
    expect(decodeJwt(issued.value)).toEqual({
      iss: ISSUER,
      sub: 'client-1',
      aud: 'https://api.example',
      exp: NOW + 3600,
      iat: NOW,
      jti: issued.tokenId,
      client_id: 'client-1',
      azp: 'client-1',
      scope: 'read write',
      aut: 'APPLICATION',
      grant_id: GRANT,
      grant_iat: 1_799_999_000,
      entity_id: 'client-1',
    })
    expect(issued).toMatchObject({ issuedAt: NOW, expiresAt: NOW + 3600, expiresIn: 3600 })
  })

  it('of a user names the user, and lives as long as those of users do', async () => {
    const { issue } = await createFixture()
    const issued = issue(anAuthorization({ subject: subject('the-user'), authorizedType: 'APPLICATION_USER', username: 'anna' }))
    expect(decodeJwt(issued.value)).toMatchObject({
      sub: 'the-user',
      entity_id: 'the-user',
      client_id: 'client-1',
      aut: 'APPLICATION_USER',
      exp: NOW + 900,
    })
    expect(Object.values(decodeJwt(issued.value))).not.toContain('anna')
    expect(issued.expiresIn).toBe(900)
  })

  it('has exactly alg, kid and typ in its header (RFC 9068 §2.1)', async () => {
    const { issue, key } = await createFixture()
    expect(decodeProtectedHeader(issue(anAuthorization()).value)).toEqual({ alg: 'ES256', kid: key.keyId, typ: 'at+jwt' })
  })

  it('has several audiences as a list, and an empty scope where there is none', async () => {
    const { issue } = await createFixture()
    expect(decodeJwt(issue(anAuthorization({ audience: ['a', 'b'], scopes: [] })).value)).toMatchObject({ aud: ['a', 'b'], scope: '' })
  })

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('signed by %s is accepted by jose', async (algorithm) => {
    const { issue, ring, key } = await createFixture(algorithm)
    const found = ring.verificationKey('access', key.keyId)
    if (found === undefined) throw new Error('no key')
    const options = { algorithms: [algorithm], issuer: ISSUER, audience: 'https://api.example', typ: 'at+jwt', currentDate: new Date(NOW * 1000) }
    await expect(jwtVerify(issue(anAuthorization()).value, found.key, options)).resolves.toMatchObject({ payload: { sub: 'client-1' } })
  })

  it('is another each time, by a jti that is a random UUID', async () => {
    const { issue } = await createFixture()
    const ids = Array.from({ length: 50 }, () => issue(anAuthorization()).tokenId)
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('keeps text beyond ASCII as it is', async () => {
    const { issue } = await createFixture()
    expect(decodeJwt(issue(anAuthorization({ audience: ['urn:größe:😀'] })).value).aud).toBe('urn:größe:😀')
  })

  it('that is stored has the same claims but entity_id, whose absence says so', async () => {
    const { issue } = await createFixture('ES256', true)
    const { issue: issueUnstored } = await createFixture()
    const [stored, unstored] = [decodeJwt(issue(anAuthorization()).value), decodeJwt(issueUnstored(anAuthorization()).value)]
    expect({ ...stored, jti: 'x', entity_id: 'client-1' }).toEqual({ ...unstored, jti: 'x' })
    expect(stored).not.toHaveProperty('entity_id')
  })

  it('is not made where no key signs', async () => {
    const ring = await openKeyRing([], sealer)
    const issue = createJwtAccessTokenIssuer(
      { issuer: ISSUER, lifetimes, isStored: false },
      (instant) => ring.signingKey('access', instant),
      new StillClock(),
    )
    expect(() => issue(anAuthorization())).toThrow(StoreUnavailable)
  })
})
