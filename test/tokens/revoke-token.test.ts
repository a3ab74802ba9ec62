import { OAuthError } from '../../src/errors/oauth-error.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { ownerOf, type RevocationKind } from '../../src/model/revocation-entry.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { createTokenRevocation } from '../../src/tokens/revoke-token.js'
import { aClient } from '../stores/opened-stores.js'
import { accessClaims, presentedRefresh } from './token-claims.js'

function createFixture({ refusal = undefined as RevocationKind | undefined, record = undefined as Error | undefined } = {}) {
  const recorded: NewRevocation[] = []
  const revoke = createTokenRevocation({
    findAccessToken: async (value) => (value === 'access' ? { claims: accessClaims(), isStored: false, username: undefined } : undefined),
    findRefreshToken: async (value) => (value === 'refresh' ? presentedRefresh() : undefined),
    refusal: () => refusal,
    async record(revocation) {
      if (record) throw record
      recorded.push(revocation)
      return { seq: recorded.length, kind: revocation.kind, id: 'x', cutoff: undefined, expires: accessClaims().expiresAt }
    },
  })
  return { recorded, revoke }
}

describe('a token that is revoked by its value (RFC 7009)', () => {
  it('ends itself where it is an access token, with its own expiry', async () => {
    const { revoke, recorded } = createFixture()
    expect(await revoke('access', aClient('client-1'))).toMatchObject({ entry: { seq: 1 }, subject: accessClaims().subject, username: undefined })
    expect(recorded).toEqual([{ kind: 'token', id: accessClaims().tokenId, expiresAt: accessClaims().expiresAt, owner: ownerOf(accessClaims()) }])
  })

  it('ends its whole grant where it is a refresh token (§2.1)', async () => {
    const { revoke, recorded } = createFixture()
    await revoke('refresh', aClient('client-1'))
    expect(recorded).toEqual([{ kind: 'grant', id: presentedRefresh().grantId, owner: { clientId: 'client-1', userId: undefined } }])
  })

  it('may be anybody’s where an operator asks', async () => {
    const { revoke, recorded } = createFixture()
    await revoke('access')
    await revoke('refresh')
    expect(recorded.map(({ kind }) => kind)).toEqual(['token', 'grant'])
  })

  it.each(['access', 'refresh'])('has to be the client’s own (§2.1): %s', async (value) => {
    const { revoke, recorded } = createFixture()
    const refused = revoke(value, aClient('stranger')).catch((error: unknown) => error)
    expect(await refused).toBeInstanceOf(OAuthError)
    expect(await refused).toMatchObject({ code: 'unauthorized_client' })
    expect(recorded).toEqual([])
  })

  it('is no error where it is not good, or not ours (§2.2)', async () => {
    const { revoke, recorded } = createFixture()
    expect(await revoke('nonsense', aClient('client-1'))).toBeUndefined()
    expect(recorded).toEqual([])
  })

  it.each([
    ['access', 'token'],
    ['access', 'grant'],
    ['refresh', 'grant'],
  ] as const)('is not written a second time: %s token under an entry for the %s', async (value, refusal) => {
    const { revoke, recorded } = createFixture({ refusal })
    expect(await revoke(value, aClient('client-1'))).toBeUndefined()
    expect(recorded).toEqual([])
  })

  it.each(['subject', 'client', 'all'] as const)(
    'is written though an entry for %s hits it, which may have been taken back elsewhere',
    async (refusal) => {
      const { revoke, recorded } = createFixture({ refusal })
      for (const value of ['access', 'refresh']) await revoke(value, aClient('client-1'))
      expect(recorded.map(({ kind }) => kind)).toEqual(['token', 'grant'])
    },
  )

  it('takes its grant with it though the refresh token alone was revoked before', async () => {
    const { revoke, recorded } = createFixture({ refusal: 'token' })
    await revoke('refresh', aClient('client-1'))
    expect(recorded).toMatchObject([{ kind: 'grant' }])
  })

  it('is not reported as done when it cannot be made durable', async () => {
    const { revoke } = createFixture({ record: new StoreUnavailable('database') })
    await expect(revoke('refresh', aClient('client-1'))).rejects.toThrow(StoreUnavailable)
  })
})
