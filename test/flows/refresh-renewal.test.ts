import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import type { GrantRow } from '../../src/model/grant.js'
import { grantId } from '../../src/model/ids.js'
import { StillClock } from '../still-clock.js'
import { type JetonInProcess, type JetonOptions, startJeton } from './jeton-in-process.js'
import { isInvalidGrant, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const started: { readonly jeton: JetonInProcess; readonly calls: TokenCalls }[] = []
afterEach(async () => {
  for (const { jeton, calls } of started.splice(0)) {
    await calls.close()
    await jeton.close()
  }
})

async function start(renewal: string, options: JetonOptions = {}) {
  const clock = new StillClock()
  const jeton = await startJeton({
    ...(options.engine !== 'sqlite' && { clock }),
    ...options,
    toml: `[oauth.token_renewal]\n${renewal}\n${options.toml ?? ''}`,
  })
  const calls = await serveTokens(jeton)
  started.push({ jeton, calls })
  const rowOf = (refreshToken: string): Promise<GrantRow | undefined> => jeton.stores.grants.find(grantId(String(decodeJwt(refreshToken).grant_id)))
  return { jeton, calls, clock, rowOf }
}

const keyOf = (refreshToken: string): string => String(decodeProtectedHeader(refreshToken).kid)
const expiryOf = (refreshToken: string): number => Number(decodeJwt(refreshToken).exp)

describe('with renew_refresh_token = false', () => {
  const KEEP = 'renew_refresh_token = false'

  it.each(['memory', 'sqlite'] as const)('a confidential client gets the same refresh token again, and nothing is written (%s)', async (engine) => {
    const statements: string[] = []
    const { jeton, calls, rowOf } = await start(KEEP, { engine, onStatement: (sql) => void statements.push(sql) })
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    statements.length = 0
    for (let round = 0; round < 10; round++) {
      const next = pairOf(await calls.refresh(client, first.refresh))
      expect(next.refresh).toBe(first.refresh)
      expect(next.access).not.toBe(first.access)
    }
    expect(statements.filter((sql) => !/^\s*SELECT/i.test(sql))).toEqual([])
    expect(await rowOf(first.refresh)).toBeUndefined()
  })

  it('a client of opaque tokens gets the same refresh token again too, with its expiry', async () => {
    const { jeton, calls, clock } = await start(`${KEEP}\n[oauth.token_validation]\nrefresh_token_validity = 100`)
    const client = await jeton.createClient({ tokenType: 'OAUTH' })
    const first = await calls.issue(client)
    clock.advance(90)
    expect(pairOf(await calls.refresh(client, first.refresh)).refresh).toBe(first.refresh)
    clock.advance(10)
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
  })

  it('the row is still read: what has been revoked is refused, and a replayed one ends the grant', async () => {
    const { jeton, calls } = await start(KEEP)
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    await calls.revoke(client, first.refresh)
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
  })

  it('a public client rotates all the same (RFC 9700 §2.2.2)', async () => {
    const { jeton, calls, rowOf } = await start(KEEP)
    const client = await jeton.createClient({ isPublic: true, grantTypes: ['password', 'refresh_token'] })
    await jeton.jeton.operations.users.create('anna', 'a password')
    const first = await calls.issue(client, { name: 'anna', password: 'a password' })
    const next = pairOf(await calls.refresh(client, first.refresh))
    expect(next.refresh).not.toBe(first.refresh)
    expect(await rowOf(first.refresh)).toMatchObject({ generation: 1 })
  })
})

describe('the expiry of a refresh token', () => {
  const HUNDRED = '[oauth.token_validation]\nrefresh_token_validity = 100'

  it.each([
    ['JWT', 100],
    ['OAUTH', 100],
  ])('is the end of it (%s)', async (tokenType, lifetime) => {
    const { jeton, calls, clock } = await start('', { toml: HUNDRED })
    const client = await jeton.createClient({ tokenType })
    const [one, other] = [await calls.issue(client), await calls.issue(client)]
    clock.advance(lifetime - 1)
    expect((await calls.refresh(client, one.refresh)).status).toBe(200)
    clock.advance(1)
    expect(isInvalidGrant(await calls.refresh(client, other.refresh))).toBe(true)
    expect(await calls.isActive(client, other.refresh, 'refresh_token')).toBe(false)
  })

  it('is a whole lifetime from each renewal on', async () => {
    const { jeton, calls, clock } = await start('', { toml: HUNDRED })
    const client = await jeton.createClient()
    let { refresh } = await calls.issue(client)
    for (let round = 0; round < 5; round++) {
      clock.advance(60)
      refresh = pairOf(await calls.refresh(client, refresh)).refresh
      expect(expiryOf(refresh)).toBe(clock.now() + 100)
    }
  })

  it.each(['memory', 'sqlite'] as const)(
    'stays the first one exactly with extend_refresh_token_expiry_time_on_renewal = false (%s)',
    async (engine) => {
      const { jeton, calls, clock, rowOf } = await start('', {
        engine,
        toml: `[oauth]\nextend_refresh_token_expiry_time_on_renewal = false\n${HUNDRED}`,
      })
      const client = await jeton.createClient()
      const first = await calls.issue(client)
      let { refresh } = first
      for (let round = 0; round < 4; round++) {
        if (engine === 'memory') clock.advance(20)
        refresh = pairOf(await calls.refresh(client, refresh)).refresh
        expect(expiryOf(refresh)).toBe(expiryOf(first.refresh))
      }
      expect(await rowOf(first.refresh)).toMatchObject({ generation: 4, expiresAt: expiryOf(first.refresh) })
      if (engine === 'memory') {
        clock.advance(20)
        expect(isInvalidGrant(await calls.refresh(client, refresh))).toBe(true)
      }
    },
  )
})

describe('the grace', () => {
  it.each(['JWT', 'OAUTH'])('gives the same successor for ten seconds, at most five times (%s)', async (tokenType) => {
    const { jeton, calls, clock } = await start('')
    const client = await jeton.createClient({ tokenType })
    const first = await calls.issue(client)
    const next = pairOf(await calls.refresh(client, first.refresh))
    clock.advance(10)
    for (let repetition = 0; repetition < 5; repetition++) expect(pairOf(await calls.refresh(client, first.refresh)).refresh).toBe(next.refresh)
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
    expect((await calls.refresh(client, next.refresh)).status).toBe(200)
  })

  it.each(['JWT', 'OAUTH'])(
    'that is over makes the predecessor a replay, which ends the grant with its access tokens and is told (%s)',
    async (tokenType) => {
      const { jeton, calls, clock } = await start('')
      const client = await jeton.createClient({ tokenType })
      const first = await calls.issue(client)
      const next = pairOf(await calls.refresh(client, first.refresh))
      clock.advance(11)
      expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
      expect(isInvalidGrant(await calls.refresh(client, next.refresh))).toBe(true)
      for (const { access } of [first, next]) expect(await calls.isActive(client, access)).toBe(false)
      expect(jeton.log()).toMatch(/refresh_replayed/)
    },
  )

  it('of no length is over with the second of the rotation', async () => {
    const { jeton, calls, clock } = await start('refresh_grace = 0')
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    const next = pairOf(await calls.refresh(client, first.refresh))
    clock.advance(1)
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
    expect(isInvalidGrant(await calls.refresh(client, next.refresh))).toBe(true)
  })

  it('gives the same successor though the ring was rotated in between, in the same second too', async () => {
    const { jeton, calls, clock } = await start('')
    const client = await jeton.createClient()
    clock.advance(100)
    const first = await calls.issue(client)
    const next = pairOf(await calls.refresh(client, first.refresh))
    await jeton.jeton.operations.keys.rotate('refresh')
    expect(pairOf(await calls.refresh(client, first.refresh)).refresh).toBe(next.refresh)
    clock.advance(6)
    await jeton.jeton.operations.keys.rotate('refresh')
    expect(pairOf(await calls.refresh(client, first.refresh)).refresh).toBe(next.refresh)
    clock.advance(1)
    const { refresh } = pairOf(await calls.refresh(client, next.refresh))
    expect(keyOf(refresh)).not.toBe(keyOf(next.refresh))
    expect((await calls.refresh(client, refresh)).status).toBe(200)
  })
})

describe('a refresh token that is newer than the database, as after a restore', () => {
  it('is refused, told as an error, and nothing is revoked', async () => {
    const { jeton, calls, clock } = await start('')
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    const next = pairOf(await calls.refresh(client, first.refresh))
    const restored = createMemoryDatabase(clock, jeton.settings.revocation)
    const older = await startJeton({ stores: { ...jeton.stores, grants: restored.grants } })
    const olderCalls = await serveTokens(older)
    started.push({ jeton: older, calls: olderCalls })
    expect(isInvalidGrant(await olderCalls.refresh(client, next.refresh))).toBe(true)
    expect(older.log()).toMatch(/refresh_ahead_of_database/)
    expect((await calls.refresh(client, next.refresh)).status).toBe(200)
  })
})

describe('scopes and resources of a refresh (RFC 6749 §6, RFC 8707 §2.2)', () => {
  it.each(['JWT', 'OAUTH'])('may shrink for the access token, and what was granted stays in the refresh token (%s)', async (tokenType) => {
    const { jeton, calls } = await start('')
    const client = await jeton.createClient({ tokenType, scopes: 'read write' })
    const first = await calls.issue(client)
    const narrowed = await calls.refresh(client, first.refresh, { scope: 'read' })
    expect(narrowed.body.scope).toBe('read')
    const whole = await calls.refresh(client, pairOf(narrowed).refresh)
    expect(whole.body.scope).toBe('read write')
  })

  it('may not grow, and a refusal costs the refresh token nothing', async () => {
    const { jeton, calls } = await start('')
    const client = await jeton.createClient({ scopes: 'read write', audiences: ['https://a.example', 'https://b.example'] })
    const first = await calls.issue(client, undefined, 'read')
    expect(await calls.refresh(client, first.refresh, { scope: 'read write' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect(await calls.refresh(client, first.refresh, { resource: 'https://c.example' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
    const next = pairOf(await calls.refresh(client, first.refresh, { resource: 'https://b.example' }))
    expect(decodeJwt(next.access)).toMatchObject({ aud: 'https://b.example', scope: 'read' })
    expect(decodeJwt(next.refresh)).toMatchObject({ gen: 1, rt_aud: ['https://a.example', 'https://b.example'] })
  })

  it('is refused for another client’s token, which stays good', async () => {
    const { jeton, calls } = await start('')
    const [client, thief] = [await jeton.createClient(), await jeton.createClient()]
    const { refresh } = await calls.issue(client)
    expect(isInvalidGrant(await calls.refresh(thief, refresh))).toBe(true)
    expect((await calls.refresh(client, refresh)).body).toMatchObject({ token_type: 'Bearer' })
  })
})

describe('a user behind opaque tokens', () => {
  it.each(['memory', 'sqlite'] as const)('keeps the name through a refresh (%s)', async (engine) => {
    const { jeton, calls } = await start('', { engine })
    const client = await jeton.createClient({ tokenType: 'OAUTH', grantTypes: ['password', 'refresh_token'] })
    await jeton.jeton.operations.users.create('anna', 'a password')
    const first = await calls.issue(client, { name: 'anna', password: 'a password' })
    const next = pairOf(await calls.refresh(client, first.refresh))
    const answer = await jeton.post('/oauth2/introspect', { token: next.access }, client).expect(200)
    expect(answer.body).toMatchObject({ active: true, username: 'anna', aut: 'APPLICATION_USER' })
  })
})
