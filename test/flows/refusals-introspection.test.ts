import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, ISSUER, type JetonInProcess, startJeton } from './jeton-in-process.js'

const INACTIVE = '{"active":false}'
const API = 'https://api.test'

describe.each(['JWT', 'OAUTH'] as const)('what introspection refuses (%s)', (tokenType) => {
  const clock = new StillClock()
  let jeton: JetonInProcess
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ clock, toml: '[oauth.rate_limit]\nenable = false' })
    const grantTypes = ['client_credentials', 'password', 'refresh_token']
    client = await jeton.createClient({ tokenType, audiences: [API], scopes: 'read introspect_any', grantTypes })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  })
  afterAll(() => jeton.close())

  const pair = async (form: Record<string, string> = {}, credentials = client) =>
    (await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'read', ...form }, credentials).expect(200)).body
  const introspect = (form: Record<string, string> | string, credentials?: Credentials) => jeton.post('/oauth2/introspect', form, credentials)
  const answerOf = async (token: string, credentials: Credentials, hint = '') => {
    const { status, text } = await introspect({ token, token_type_hint: hint }, credentials)
    expect(status).toBe(200)
    return text
  }

  it('who does not authenticate is invalid_client (RFC 7662 §2.1, §4)', async () => {
    const { access_token: token } = await pair()
    for (const credentials of [undefined, { ...client, secret: 'wrong' }, { ...client, id: 'unknown' }]) {
      const answer = await introspect({ token }, credentials)
      expectRefusal(answer, 401, 'invalid_client')
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
    }
    expectRefusal(await introspect({ token }).set('Authorization', `Bearer ${token}`), 401, 'invalid_client')
    expectRefusal(await introspect({ token, client_id: client.id }), 401, 'invalid_client')
  })

  it('a public client is invalid_client, also for its own token (RFC 7662 §2.1)', async () => {
    const { id } = await jeton.createClient({ tokenType, isPublic: true, grantTypes: ['password', 'refresh_token'] })
    const form = { grant_type: 'password', username: 'anna', password: 'correct horse', client_id: id }
    const { access_token: token } = (await jeton.post('/oauth2/token', form).expect(200)).body
    expectRefusal(await introspect({ token, client_id: id }), 401, 'invalid_client')
  })

  it('a token that is missing, empty or there twice is invalid_request (RFC 7662 §2.1)', async () => {
    for (const form of ['', 'token=', 'token', 'token_type_hint=access_token', 'token=a&token=b']) {
      expectRefusal(await introspect(form, client), 400, 'invalid_request')
    }
  })

  it("another client's token is not shown, as if it were not there (RFC 7662 §2.2, §4)", async () => {
    const other = await jeton.createClient({ audiences: ['https://other.test'], scopes: 'read' })
    const { access_token: token } = await pair()
    expect(await answerOf(token, other)).toBe(INACTIVE)
    expect(await answerOf(token, await jeton.createClient({}))).toBe(INACTIVE)
    expect(await answerOf(token, client)).toContain('"active":true')
  })

  it('a token is shown to whom it was meant for, and to who may see all (RFC 7662 §2.2)', async () => {
    const { access_token: token } = await pair()
    expect(await answerOf(token, await jeton.createClient({ audiences: [API] }))).toContain('"active":true')
    expect(await answerOf(token, await jeton.createClient({ scopes: 'introspect_any' }))).toContain('"active":true')
  })

  it('a client that loses introspect_any or an audience sees no more', async () => {
    const { access_token: token } = await pair()
    const watcher = await jeton.createClient({ scopes: 'introspect_any', audiences: [API] })
    await jeton.jeton.operations.clients.update(watcher.id, { scopes: '' })
    expect(await answerOf(token, watcher)).toContain('"active":true')
    await jeton.jeton.operations.clients.update(watcher.id, { audiences: [] })
    expect(await answerOf(token, watcher)).toBe(INACTIVE)
  })

  it('a refresh token is shown to nobody but its own client that asks for one (RFC 7662 §2.2, RFC 8725 §3.11)', async () => {
    const { refresh_token: token } = await pair()
    const watcher = await jeton.createClient({ scopes: 'introspect_any', audiences: [API, ISSUER] })
    for (const hint of ['', 'access_token', 'nonsense']) expect(await answerOf(token, client, hint)).toBe(INACTIVE)
    expect(await answerOf(token, watcher, 'refresh_token')).toBe(INACTIVE)
    const shown = JSON.parse(await answerOf(token, client, 'refresh_token')) as Record<string, unknown>
    expect(shown).toMatchObject({ active: true, client_id: client.id })
    expect(shown.token_type).not.toBe('Bearer')
  })

  it('a spent or revoked refresh token is not active (RFC 7662 §2.2)', async () => {
    const spent = (await pair()).refresh_token
    const next = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: spent }, client).expect(200)
    expect(await answerOf(spent, client, 'refresh_token')).toBe(INACTIVE)
    expect(await answerOf(next.body.refresh_token, client, 'refresh_token')).toContain('"active":true')
    await jeton.post('/oauth2/revoke', { token: next.body.refresh_token }, client).expect(200)
    expect(await answerOf(next.body.refresh_token, client, 'refresh_token')).toBe(INACTIVE)
  })

  it('an access token is found whatever the hint says (RFC 7662 §2.1)', async () => {
    const { access_token: token } = await pair()
    for (const hint of ['', 'access_token', 'refresh_token', 'nonsense', '\0']) expect(await answerOf(token, client, hint)).toContain('"active":true')
  })

  it('an expired token is not active (RFC 7662 §2.2)', async () => {
    const { access_token: token, expires_in: lifetime } = await pair()
    clock.advance(lifetime - 1)
    await jeton.runJob('poll')
    expect(await answerOf(token, client)).toContain('"active":true')
    clock.advance(1)
    expect(await answerOf(token, client)).toBe(INACTIVE)
  })

  it('a token of a disabled or deleted client or user is not active (RFC 7662 §2.2)', async () => {
    const { clients, users } = jeton.jeton.operations
    for (const end of ['disable', 'remove'] as const) {
      const ended = await jeton.createClient({ tokenType, audiences: [API] })
      const { access_token: token } = await pair({ scope: '' }, ended)
      expect(await answerOf(token, client)).toContain('"active":true')
      await clients[end](ended.id)
      expect(await answerOf(token, client)).toBe(INACTIVE)
      const { user } = await users.create(`bert-${end}`, 'correct horse')
      const theirs = await pair({ grant_type: 'password', username: user.name, password: 'correct horse' })
      expect(await answerOf(theirs.access_token, client)).toContain(`"username":"${user.name}"`)
      expect(await answerOf(theirs.refresh_token, client, 'refresh_token')).toContain('"active":true')
      await users[end](user.id)
      expect(await answerOf(theirs.access_token, client)).toBe(INACTIVE)
      expect(await answerOf(theirs.refresh_token, client, 'refresh_token')).toBe(INACTIVE)
    }
  })
})
