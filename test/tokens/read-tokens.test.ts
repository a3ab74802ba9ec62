import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { hashToken, isOpaqueAccessToken } from '../../src/issuers/opaque-access-token-issuer.js'
import { formatOpaqueRefreshToken, isOpaqueRefreshToken, parseOpaqueRefreshToken } from '../../src/issuers/opaque-refresh-token.js'
import type { RevocableToken } from '../../src/model/claims.js'
import { grantId } from '../../src/model/ids.js'
import type { StoredToken, TokenHash } from '../../src/stores/stored-token-store.js'
import { createAccessTokenReader } from '../../src/tokens/read-access-token.js'
import { createRefreshTokenReader } from '../../src/tokens/read-refresh-token.js'
import { StillClock } from '../still-clock.js'
import { aStoredToken } from '../stores/opened-stores.js'
import { accessClaims, presentedRefresh } from './token-claims.js'

const GRANT = grantId('7b2d8c52-41c5-49c8-8f0f-0a0a0a0a0a0a')
const SECRET = Buffer.alloc(32, 4)
const OPAQUE = `jat_${'A'.repeat(43)}`
const NOW = new StillClock().now()

describe('a presented access token', () => {
  function createFixture(stored?: Partial<StoredToken>, isRevoked: (token: RevocableToken) => boolean = () => false) {
    const looked: TokenHash[] = []
    const clock = new StillClock()
    const find = createAccessTokenReader({
      verifyJwt: async (value) => (value === 'good' ? { accepted: true, claims: accessClaims() } : { accepted: false, reason: 'expired' }),
      storedTokens: {
        async findByAccessToken(hash) {
          looked.push(hash)
          return stored && aStoredToken(NOW, { accessTokenHash: hash, ...stored })
        },
      },
      isRevoked,
      isOpaque: isOpaqueAccessToken,
      hash: hashToken,
      issuer: 'https://id.example',
      clock,
    })
    return { find, looked, clock }
  }

  it('that is a JWT says everything itself and costs no look-up', async () => {
    const { find, looked } = createFixture()
    expect(await find('good')).toEqual({ claims: accessClaims(), username: undefined })
    expect(await find('bad')).toBeUndefined()
    expect(looked).toEqual([])
  })

  it('that is opaque is what its row says, found by its hash', async () => {
    const { find, looked } = createFixture({ username: 'anna', authorizedType: 'APPLICATION_USER' })
    const found = await find(OPAQUE)
    expect(found).toMatchObject({
      username: 'anna',
      claims: { isStored: true, issuer: 'https://id.example', tokenId: 'token-1', keyId: undefined, scopes: ['write', 'read'] },
    })
    expect(looked).toEqual([hashToken(OPAQUE)])
  })

  it.each(['INACTIVE', 'EXPIRED', 'REVOKED'] as const)('that is opaque is not good where its row is %s', async (state) => {
    expect(await createFixture({ state }).find(OPAQUE)).toBeUndefined()
  })

  it('that is opaque is not good from its expiry on, where an entry hits it, or without a row', async () => {
    const { find, clock } = createFixture({})
    clock.advance(3599)
    expect(await find(OPAQUE)).toBeDefined()
    clock.advance(1)
    expect(await find(OPAQUE)).toBeUndefined()
    expect(await createFixture({}, ({ grantId: id }) => id === 'grant-1').find(OPAQUE)).toBeUndefined()
    expect(await createFixture().find(OPAQUE)).toBeUndefined()
  })

  it('that cannot be judged now is not called bad', async () => {
    const away = () => {
      throw new StoreUnavailable('revocations')
    }
    await expect(createFixture({}, away).find(OPAQUE)).rejects.toThrow(StoreUnavailable)
  })
})

describe('a presented refresh token', () => {
  const value = formatOpaqueRefreshToken({ grantId: GRANT, generation: 4 }, SECRET)

  function createFixture(stored?: Partial<StoredToken>) {
    const looked: TokenHash[] = []
    const clock = new StillClock()
    const { value: _value, isStored: _isStored, username: _username, grantType: _grantType, ...claims } = presentedRefresh()
    const find = createRefreshTokenReader({
      verifyJwt: async (presented) => (presented === 'good' ? claims : undefined),
      storedTokens: {
        async findByRefreshToken({ hash, grantId: ofGrant, generation }) {
          looked.push(hash)
          return stored && aStoredToken(NOW, { grantId: ofGrant, generation, refreshTokenHash: hash, ...stored })
        },
      },
      parseOpaque: (presented) => parseOpaqueRefreshToken(presented, SECRET),
      isOpaque: isOpaqueRefreshToken,
      hash: hashToken,
      clock,
    })
    return { find, looked, clock }
  }

  it('that is a JWT says everything itself and costs no look-up', async () => {
    const { find, looked } = createFixture()
    expect(await find('good')).toEqual({ ...presentedRefresh(), value: 'good', username: undefined })
    expect(await find('bad')).toBeUndefined()
    expect(looked).toEqual([])
  })

  it('that is stored is what its row says and its value names, with what was granted rather than what the access token had', async () => {
    const { find, looked } = createFixture({ username: 'anna', grantType: 'password' })
    expect(await find(value)).toMatchObject({
      value,
      isStored: true,
      keyId: undefined,
      grantId: GRANT,
      generation: 4,
      scopes: ['write', 'read', 'admin'],
      username: 'anna',
      grantType: 'password',
      issuedAt: NOW,
      expiresAt: NOW + 86_400,
    })
    expect(looked).toEqual([hashToken(value)])
  })

  it('that is stored has an id of its own, so that the end of the access token beside it is not its end', async () => {
    expect((await createFixture({}).find(value))?.tokenId).not.toBe('token-1')
  })

  it('that is stored is found in whatever state its row is: the grant decides', async () => {
    for (const state of ['ACTIVE', 'INACTIVE', 'REVOKED'] as const) expect(await createFixture({ state }).find(value)).toBeDefined()
  })

  it('that was not made here costs no look-up either', async () => {
    const { find, looked } = createFixture({})
    expect(await find(formatOpaqueRefreshToken({ grantId: GRANT, generation: 4 }, Buffer.alloc(32, 5)))).toBeUndefined()
    expect(looked).toEqual([])
  })

  it('that is stored is not good from its expiry on, without a row, or where none was issued', async () => {
    const { find, clock } = createFixture({})
    clock.advance(86_399)
    expect(await find(value)).toBeDefined()
    clock.advance(1)
    expect(await find(value)).toBeUndefined()
    expect(await createFixture().find(value)).toBeUndefined()
    expect(await createFixture({ refreshIssuedAt: undefined, refreshExpiresAt: undefined }).find(value)).toBeUndefined()
  })
})
