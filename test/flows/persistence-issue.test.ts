import { decodeJwt } from 'jose'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'
import { isInvalidGrant, serveTokens, type TokenCalls } from './token-calls.js'

const ON = '[oauth.token_persistence]\nenable = true\n'
const CLEAR = '[oauth]\nhash_tokens_and_secrets = false\n'
const JWT = { tokenType: 'JWT', scopes: 'read write', grantTypes: ['client_credentials', 'password', 'refresh_token'] } as const
const OAUTH = { ...JWT, tokenType: 'OAUTH' } as const
const ANNA = { name: 'anna', password: 'correct horse' }

await describeOnEngines('with stored tokens', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  let calls: TokenCalls
  async function start(toml: string): Promise<void> {
    jeton = await startJeton({ engine, toml })
    calls = await serveTokens(jeton)
    await jeton.jeton.operations.users.create(ANNA.name, ANNA.password)
  }
  afterEach(async () => {
    await calls.close()
    await jeton.close()
  })

  const revokedIds = async (): Promise<readonly string[]> => (await jeton.stores.revocations.since(0, 100)).map(({ kind, id }) => `${kind} ${id}`)

  describe('a JWT application', () => {
    let client: Credentials
    beforeEach(async () => {
      await start(ON)
      client = await jeton.createClient(JWT)
    })

    it('gets a JWT whose id alone is stored, and an opaque refresh token', async () => {
      const pair = await calls.issue(client)
      const claims = decodeJwt(pair.access)
      expect(claims).not.toHaveProperty('entity_id')
      expect(pair.refresh).toMatch(/^jrt_/)
      expect(await calls.isActive(client, pair.access)).toBe(true)
      expect(await calls.isActive(client, pair.refresh, 'refresh_token')).toBe(true)
      expect(await jeton.stores.status.storedTokens(100)).toMatchObject([
        { kind: 'opaque', alive: 0 },
        { kind: 'jwt', alive: 1 },
      ])
    })

    it('that asks again gets another pair, and the one before is over: at once here, on the feed for others', async () => {
      const first = await calls.issue(client)
      const second = await calls.issue(client)
      expect(await calls.isActive(client, first.access)).toBe(false)
      expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
      expect(await calls.isActive(client, second.access)).toBe(true)
      expect((await calls.refresh(client, second.refresh)).status).toBe(200)
      expect(await revokedIds()).toEqual([`token ${decodeJwt(first.access).jti}`])
      expect(jeton.log()).toContain('"event":"revoked"')
    })

    it('keeps what was asked for with other scopes, and what was asked for a user', async () => {
      const [all, read, user] = [await calls.issue(client), await calls.issue(client, undefined, 'read'), await calls.issue(client, ANNA)]
      for (const { access } of [all, read, user]) expect(await calls.isActive(client, access)).toBe(true)
      expect(await revokedIds()).toEqual([])
    })

    it('refreshes once, repeats in the grace to the letter with two good access tokens, and ends with a replay', async () => {
      const first = await calls.issue(client, ANNA)
      const second = await calls.refresh(client, first.refresh)
      const again = await calls.refresh(client, first.refresh)
      expect(again.body.refresh_token).toBe(second.body.refresh_token)
      expect(await calls.isActive(client, first.access)).toBe(false)
      for (const { body } of [second, again]) expect(await calls.isActive(client, String(body.access_token))).toBe(true)
      expect(await calls.userinfo(String(again.body.access_token))).toBe(403)
      const third = await calls.refresh(client, String(second.body.refresh_token))
      expect(third.status).toBe(200)
      expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
      expect(isInvalidGrant(await calls.refresh(client, String(third.body.refresh_token)))).toBe(true)
      expect(await calls.isActive(client, String(third.body.access_token))).toBe(false)
      expect(jeton.log()).toContain('refresh_replayed')
    })

    it('revokes an access token alone, and a refresh token with all that its grant has', async () => {
      const pair = await calls.issue(client)
      expect((await calls.revoke(client, pair.access)).status).toBe(200)
      expect(await calls.isActive(client, pair.access)).toBe(false)
      const next = await calls.refresh(client, pair.refresh)
      expect(next.status).toBe(200)
      expect((await calls.revoke(client, String(next.body.refresh_token))).status).toBe(200)
      expect(await calls.isActive(client, String(next.body.access_token))).toBe(false)
      expect((await calls.revoke(client, String(next.body.access_token))).status).toBe(200)
      expect(await revokedIds()).toEqual([`token ${decodeJwt(pair.access).jti}`, `grant ${decodeJwt(pair.access).grant_id}`])
    })

    it('with a narrowed refresh gets its whole grant back by the next', async () => {
      const pair = await calls.issue(client)
      const narrow = await calls.refresh(client, pair.refresh, { scope: 'read' })
      expect(narrow.body.scope).toBe('read')
      expect((await calls.refresh(client, String(narrow.body.refresh_token))).body.scope).toBe('read write')
    })

    it('has nothing of a token whose signature is good and whose row is not there', async () => {
      const pair = await calls.issue(client)
      await jeton.jeton.operations.clients.remove(client.id as never)
      await jeton.runJob('poll')
      const other = await jeton.createClient({ ...JWT, scopes: 'introspect_any' })
      expect(await calls.isActive(other, pair.access)).toBe(false)
    })
  })

  it('an OAUTH application whose tokens are hashed gets another pair, and the one before is over', async () => {
    await start(ON)
    const client = await jeton.createClient(OAUTH)
    const [first, second] = [await calls.issue(client), await calls.issue(client)]
    expect([await calls.isActive(client, first.access), await calls.isActive(client, second.access)]).toEqual([false, true])
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
    expect(await revokedIds()).toEqual([])
  })

  it('an OAUTH application whose tokens are stored in clear gets the same pair again, as long as that is what it asks for', async () => {
    await start(CLEAR + ON)
    const client = await jeton.createClient({ ...OAUTH, audiences: ['https://a.example', 'https://b.example'] })
    const form = { grant_type: 'client_credentials' }
    const [first, again] = [await calls.token(client, form), await calls.token(client, form)]
    expect(again.body).toEqual({ ...first.body, expires_in: expect.any(Number) })
    expect(Number(again.body.expires_in)).toBeLessThanOrEqual(Number(first.body.expires_in))
    const elsewhere = await calls.token(client, { ...form, resource: 'https://a.example' })
    expect(elsewhere.body.access_token).not.toBe(first.body.access_token)
    expect(await calls.isActive(client, String(first.body.access_token))).toBe(false)
    await jeton.jeton.operations.revoke({ kind: 'client', id: client.id as never, open: false })
    const after = await calls.token(client, { ...form, resource: 'https://a.example' })
    expect(after.body.access_token).not.toBe(elsewhere.body.access_token)
    expect(await calls.isActive(client, String(after.body.access_token))).toBe(true)
  })

  it('an OAUTH application does not get a refresh token that was granted more than it asks for', async () => {
    await start(CLEAR + ON)
    const client = await jeton.createClient(OAUTH)
    const pair = await calls.issue(client)
    const narrow = await calls.refresh(client, pair.refresh, { scope: 'read' })
    const asked = await calls.token(client, { grant_type: 'client_credentials', scope: 'read' })
    expect(asked.body.refresh_token).not.toBe(narrow.body.refresh_token)
    expect((await calls.refresh(client, String(asked.body.refresh_token))).body.scope).toBe('read')
  })

  it('an OAUTH application gets another pair each time where renew_access_token_per_request says so', async () => {
    await start(`${CLEAR}${ON}[oauth.token_renewal]\nrenew_access_token_per_request = true\n`)
    const client = await jeton.createClient(OAUTH)
    const [first, second] = [await calls.issue(client), await calls.issue(client)]
    expect(second.access).not.toBe(first.access)
    expect(await calls.isActive(client, first.access)).toBe(false)
  })

  it('a JWT application keeps its tokens where renew_token_without_revoking_existing says so, for those grants only', async () => {
    await start(`${ON}[oauth.jwt.renew_token_without_revoking_existing]\nenable = true\n`)
    const client = await jeton.createClient(JWT)
    const [first, second] = [await calls.issue(client), await calls.issue(client)]
    expect([await calls.isActive(client, first.access), await calls.isActive(client, second.access)]).toEqual([true, true])
    const [login, again] = [await calls.issue(client, ANNA), await calls.issue(client, ANNA)]
    expect([await calls.isActive(client, login.access), await calls.isActive(client, again.access)]).toEqual([false, true])
  })

  it.each([JWT, OAUTH])('a $tokenType application that keeps its refresh token gets new access tokens in place of the old ones', async (kind) => {
    await start(`${ON}[oauth.token_renewal]\nrenew_refresh_token = false\n`)
    const client = await jeton.createClient(kind)
    const pair = await calls.issue(client)
    const [next, last] = [await calls.refresh(client, pair.refresh), await calls.refresh(client, pair.refresh)]
    expect([next.body.refresh_token, last.body.refresh_token]).toEqual([pair.refresh, pair.refresh])
    const tokens = [pair.access, String(next.body.access_token), String(last.body.access_token)]
    expect(await Promise.all(tokens.map((token) => calls.isActive(client, token)))).toEqual([false, false, true])
    expect((await calls.revoke(client, pair.refresh)).status).toBe(200)
    expect(await calls.isActive(client, tokens[2] ?? '')).toBe(false)
  })

  it.each([JWT, OAUTH])('a $tokenType application keeps its first expiry where it is not extended', async (kind) => {
    await start(`[oauth]\nextend_refresh_token_expiry_time_on_renewal = false\n${ON}`)
    const client = await jeton.createClient(kind)
    const pair = await calls.issue(client)
    const expiryOf = async (token: string) =>
      (await jeton.post('/oauth2/introspect', { token, token_type_hint: 'refresh_token' }, client)).body.exp as number
    const first = await expiryOf(pair.refresh)
    const next = await calls.refresh(client, pair.refresh)
    expect(await expiryOf(String(next.body.refresh_token))).toBe(first)
  })
})
