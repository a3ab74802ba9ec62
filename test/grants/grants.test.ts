import { OAuthError } from '../../src/errors/oauth-error.js'
import { type ClientCredentialsSettings, createClientCredentialsGrant } from '../../src/grants/client-credentials-grant.js'
import type { Grant } from '../../src/grants/grant.js'
import { createGrantBeginning } from '../../src/grants/new-grant.js'
import { createPasswordGrant } from '../../src/grants/password-grant.js'
import { createRefreshTokenGrant } from '../../src/grants/refresh-token-grant.js'
import type { PresentedRefreshToken } from '../../src/model/claims.js'
import type { Client } from '../../src/model/client.js'
import { clientId, grantId, keyId, subject, tokenId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import { StillClock } from '../still-clock.js'
import { aClient, aUser } from '../stores/opened-stores.js'

const ISSUER = 'https://id.example'
const settings: ClientCredentialsSettings = { issuer: ISSUER, defaultAudience: 'issuer', allowRefreshTokens: true }
const beginGrant = createGrantBeginning(() => undefined, new StillClock())
const publicClient = (): Client => aClient('public', { secretHash: undefined })

const ask = (grant: Grant, parameters: Record<string, string>, client = aClient(), resources: readonly string[] = []) =>
  grant.authorize({ client, parameters: new Map(Object.entries(parameters)), resources, address: '192.0.2.1' })

const refusal = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'granted',
    (error: unknown) => (error instanceof OAuthError ? error.code : Promise.reject(error)),
  )

describe('client_credentials (RFC 6749 §4.4)', () => {
  const grant = createClientCredentialsGrant(beginGrant, settings)

  it('makes the client the subject, with what it may have', async () => {
    const { authorization, refresh } = await ask(grant, { scope: 'read' }, aClient('c', { audiences: ['https://a.example'] }), ['https://a.example'])
    expect(authorization).toMatchObject({
      subject: 'c',
      authorizedType: 'APPLICATION',
      username: undefined,
      scopes: ['read'],
      audience: ['https://a.example'],
      grantType: 'client_credentials',
      grantedAt: new StillClock().now(),
    })
    expect(refresh).toEqual({ kind: 'first' })
  })

  it('gives a refresh token only where the operator allows it and the client has that grant (RFC 6749 §4.4.3)', async () => {
    const without = createClientCredentialsGrant(beginGrant, { ...settings, allowRefreshTokens: false })
    expect((await ask(without, {})).refresh).toEqual({ kind: 'none' })
    expect((await ask(grant, {}, aClient('c', { grantTypes: ['client_credentials'] }))).refresh).toEqual({ kind: 'none' })
  })

  it('is refused to a public client (RFC 6749 §4.4 unauthorized_client)', async () => {
    expect(await refusal(ask(grant, {}, publicClient()))).toBe('unauthorized_client')
  })
})

describe('password (RFC 6749 §4.3)', () => {
  const grant = createPasswordGrant(
    async (name, password, address) => (name === 'anna' && password === 'right' && address === '192.0.2.1' ? aUser('user-7', { name }) : undefined),
    beginGrant,
    settings,
  )

  it('makes the user the subject, by the id that is never given again', async () => {
    const { authorization, refresh } = await ask(grant, { username: 'anna', password: 'right' }, publicClient())
    expect(authorization).toMatchObject({ subject: 'user-7', authorizedType: 'APPLICATION_USER', username: 'anna', grantType: 'password' })
    expect(refresh).toEqual({ kind: 'first' })
    expect((await ask(grant, { username: 'anna', password: 'right' }, aClient('c', { grantTypes: ['password'] }))).refresh).toEqual({ kind: 'none' })
  })

  it.each([
    ['invalid_request', 'without username (RFC 6749 §4.3.2)', { password: 'right' }],
    ['invalid_request', 'without password (RFC 6749 §4.3.2)', { username: 'anna' }],
    ['invalid_grant', 'with a wrong password (RFC 6749 §5.2)', { username: 'anna', password: 'wrong' }],
    ['invalid_grant', 'for an unknown user (RFC 6749 §5.2)', { username: 'bert', password: 'right' }],
    ['invalid_scope', 'for a scope the client has not (RFC 6749 §5.2)', { username: 'anna', password: 'right', scope: 'admin' }],
  ])('is refused as %s %s', async (code, _what, parameters) => {
    expect(await refusal(ask(grant, parameters))).toBe(code)
  })

  it('does not try a password for a request that is refused anyway', async () => {
    let tried = 0
    const counting = createPasswordGrant(
      async () => {
        tried += 1
        return undefined
      },
      beginGrant,
      settings,
    )
    await refusal(ask(counting, { username: 'anna', password: 'right', scope: 'admin' }))
    await refusal(ask(counting, { username: 'anna', password: 'right' }, aClient(), ['https://unknown.example']))
    expect(tried).toBe(0)
  })
})

describe('refresh_token (RFC 6749 §6)', () => {
  const presented: PresentedRefreshToken = {
    value: 'good',
    isStored: false,
    tokenId: tokenId('t'),
    grantId: grantId('g'),
    keyId: keyId('k'),
    clientId: clientId('client-1'),
    subject: subject('user-7'),
    authorizedType: 'APPLICATION_USER',
    username: 'anna',
    grantedAt: epochSeconds(5),
    generation: 2,
    scopes: ['read', 'write'],
    audience: ['https://a.example'],
    issuedAt: epochSeconds(6),
    expiresAt: epochSeconds(7),
    grantType: 'password',
  }
  const grantWith = (renewRefreshToken: boolean, found: PresentedRefreshToken = presented, isRevoked = false): Grant =>
    createRefreshTokenGrant(
      {
        readRefreshToken: async (value) => (value === 'good' ? found : undefined),
        judgeForgotten: async () => undefined,
        isRevoked: () => isRevoked,
      },
      { issuer: ISSUER, renewRefreshToken },
    )
  const grant = grantWith(true)

  it('descends from the grant of the presented token, which is spent later', async () => {
    const { authorization, refresh } = await ask(grant, { refresh_token: 'good', scope: 'write' })
    expect(authorization).toEqual({
      client: aClient(),
      subject: 'user-7',
      authorizedType: 'APPLICATION_USER',
      username: 'anna',
      grantId: 'g',
      grantedAt: 5,
      grantType: 'password',
      scopes: ['write'],
      audience: ['https://a.example'],
    })
    expect(refresh).toEqual({ kind: 'next', presented })
  })

  it('keeps the token of a confidential client where that is configured, never that of a public one (RFC 9700 §2.2.2)', async () => {
    expect((await ask(grantWith(false), { refresh_token: 'good' })).refresh.kind).toBe('same')
    const ofPublic = { ...presented, clientId: clientId('public') }
    expect((await ask(grantWith(false, ofPublic), { refresh_token: 'good' }, publicClient())).refresh.kind).toBe('next')
  })

  it.each([
    ['invalid_request', 'without refresh_token', grant, {}],
    ['invalid_grant', 'for what is no refresh token of this server', grant, { refresh_token: 'bad' }],
    ['invalid_grant', 'for the token of another client', grantWith(true, { ...presented, clientId: clientId('other') }), { refresh_token: 'good' }],
    ['invalid_grant', 'for one that is revoked', grantWith(true, presented, true), { refresh_token: 'good' }],
    ['invalid_scope', 'for more than was granted', grant, { refresh_token: 'good', scope: 'read admin' }],
  ] as const)('is refused as %s %s (RFC 6749 §5.2, §6)', async (code, _what, asked, parameters) => {
    expect(await refusal(ask(asked, { ...parameters }))).toBe(code)
  })

  it('is refused as invalid_target for a resource beyond what was granted (RFC 8707 §2.2)', async () => {
    expect(await refusal(ask(grant, { refresh_token: 'good' }, aClient(), ['https://b.example']))).toBe('invalid_target')
  })
})
