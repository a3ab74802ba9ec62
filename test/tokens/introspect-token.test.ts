import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { AccessTokenClaims, PresentedRefreshToken } from '../../src/model/claims.js'
import type { RefreshStanding } from '../../src/model/grant.js'
import { subject } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import { createIntrospection } from '../../src/tokens/introspect-token.js'
import { aClient } from '../stores/opened-stores.js'
import { accessClaims, presentedRefresh } from './token-claims.js'

const own = aClient('client-1', { audiences: [] })

interface Scene {
  readonly access?: AccessTokenClaims
  readonly storedUsername?: string
  readonly refresh?: PresentedRefreshToken
  readonly isRevoked?: boolean
  readonly standing?: RefreshStanding
}

function createFixture(scene: Scene) {
  const asked: string[] = []
  const introspect = createIntrospection({
    findAccessToken: async () => (scene.access ? { claims: scene.access, isStored: false, username: scene.storedUsername } : undefined),
    async findRefreshToken() {
      asked.push('refresh token')
      return scene.refresh
    },
    isRevoked: () => scene.isRevoked ?? false,
    grants: {
      async judge() {
        asked.push('grant')
        return scene.standing ?? 'current'
      },
    },
    async findUsername(of) {
      asked.push(`name of ${of}`)
      return of === 'user-1' ? 'anna' : undefined
    },
    grace: { grace: seconds(10), graceReuse: 5 },
    issuer: 'https://id.example',
  })
  return { asked, ask: (client = own, hint?: string) => introspect({ value: 'v', client, hint }) }
}

const ANSWER = {
  active: true,
  iss: 'https://id.example',
  sub: 'client-1',
  aud: 'https://api.example',
  client_id: 'client-1',
  scope: 'read write',
  exp: 1_800_003_600,
  iat: 1_800_000_000,
  jti: 'jti-1',
  token_type: 'Bearer',
  aut: 'APPLICATION',
  grant_id: 'grant-1',
}

describe('an introspected access token (RFC 7662 §2.2)', () => {
  it('of an application tells exactly this, and asks nobody', async () => {
    const { ask, asked } = createFixture({ access: accessClaims() })
    expect(await ask()).toEqual(ANSWER)
    expect(asked).toEqual([])
  })

  it('of a user tells the name too, from its row or from memory, or none where none is known', async () => {
    const ofUser = accessClaims({ authorizedType: 'APPLICATION_USER', subject: subject('user-1') })
    const read = createFixture({ access: ofUser, storedUsername: 'bert' })
    expect(await read.ask()).toMatchObject({ username: 'bert', sub: 'user-1', aut: 'APPLICATION_USER' })
    expect(read.asked).toEqual([])
    expect(await createFixture({ access: ofUser }).ask()).toMatchObject({ username: 'anna' })
    expect(await createFixture({ access: { ...ofUser, subject: subject('user-2') } }).ask()).not.toHaveProperty('username')
  })

  it('tells several audiences as a list', async () => {
    expect(await createFixture({ access: accessClaims({ audience: ['a', 'b'] }) }).ask()).toMatchObject({ aud: ['a', 'b'] })
  })

  it.each([
    ['it was issued to', own],
    ['whose audience it is for', aClient('resource', { audiences: ['https://other.example', 'https://api.example'] })],
    ['that may see any', aClient('monitor', { audiences: [], scopes: ['introspect_any'] })],
  ])('is told to the client %s', async (_what, client) => {
    expect(await createFixture({ access: accessClaims() }).ask(client)).toEqual(ANSWER)
  })

  it('is told to nobody else (§4): exactly {"active":false}', async () => {
    for (const client of [aClient('stranger', { audiences: [] }), aClient('other', { audiences: ['https://API.example'] })])
      expect(await createFixture({ access: accessClaims() }).ask(client)).toEqual({ active: false })
  })
})

describe('an introspected refresh token', () => {
  it('is inactive unless its own client asks for one, and then costs one reading of the grant', async () => {
    const { ask, asked } = createFixture({ refresh: presentedRefresh() })
    expect(await ask()).toEqual({ active: false })
    expect(await ask(own, 'access_token')).toEqual({ active: false })
    expect(asked).toEqual([])
    expect(await ask(own, 'refresh_token')).toEqual({
      active: true,
      iss: 'https://id.example',
      sub: 'client-1',
      client_id: 'client-1',
      scope: 'read write admin',
      exp: 1_800_086_400,
      iat: 1_800_000_000,
      aut: 'APPLICATION',
      grant_id: 'grant-1',
      token_type: 'refresh_token',
    })
    expect(asked).toEqual(['refresh token', 'grant'])
  })

  it.each(['grace', 'exhausted', 'replayed', 'revoked', 'ahead'] as const)('is inactive where it stands %s', async (standing) => {
    expect(await createFixture({ refresh: presentedRefresh(), standing }).ask(own, 'refresh_token')).toEqual({ active: false })
  })

  it('is inactive for others, and where it is revoked', async () => {
    const others = aClient('stranger', { audiences: ['https://api.example'], scopes: ['introspect_any'] })
    expect(await createFixture({ refresh: presentedRefresh() }).ask(others, 'refresh_token')).toEqual({ active: false })
    expect(await createFixture({ refresh: presentedRefresh(), isRevoked: true }).ask(own, 'refresh_token')).toEqual({ active: false })
  })
})

describe('what cannot be judged', () => {
  it('is not told to be inactive', async () => {
    const introspect = createIntrospection({
      findAccessToken: () => Promise.reject(new StoreUnavailable('revocations')),
      findRefreshToken: async () => undefined,
      isRevoked: () => false,
      grants: { judge: async () => 'current' },
      findUsername: async () => undefined,
      grace: { grace: seconds(10), graceReuse: 5 },
      issuer: 'i',
    })
    await expect(introspect({ value: 'v', client: own, hint: undefined })).rejects.toThrow(StoreUnavailable)
  })
})
