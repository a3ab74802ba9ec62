import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createFailingStores } from '../http/failing-stores.js'
import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const MAX_STALENESS = 300
const RESOURCE = 'https://api.test'

describe('while the database is away', () => {
  const clock = new StillClock()
  const stores = createFailingStores()
  let jeton: JetonInProcess
  let client: Credentials
  let opaque: Credentials
  let pair: { readonly access_token: string; readonly refresh_token: string }
  let opaquePair: typeof pair
  let userToken: string
  let feedToken: string
  beforeEach(async () => {
    jeton = await startJeton({ clock, wrapStores: stores.wrap, toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({
      grantTypes: ['client_credentials', 'password', 'refresh_token'],
      scopes: 'openid revocation_feed',
      audiences: [RESOURCE],
    })
    opaque = await jeton.createClient({ tokenType: 'OAUTH' })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
    pair = (await token({ grant_type: 'client_credentials' }).expect(200)).body
    opaquePair = (await token({ grant_type: 'client_credentials' }, opaque).expect(200)).body
    userToken = (await token(PASSWORD).expect(200)).body.access_token
    feedToken = (await token({ grant_type: 'client_credentials', scope: 'revocation_feed' }).expect(200)).body.access_token
    stores.fail()
  })
  afterEach(async () => {
    stores.heal()
    await jeton.close()
  })

  const PASSWORD = { grant_type: 'password', username: 'anna', password: 'correct horse' }
  const token = (form: Record<string, string>, credentials = client) => jeton.post('/oauth2/token', form, credentials)
  const introspect = (value: string, hint = '') => jeton.post('/oauth2/introspect', { token: value, token_type_hint: hint }, client)
  const poll = () => jeton.runJob('poll').catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable))

  function expectUnavailable(answer: Awaited<ReturnType<typeof token>>): void {
    expectRefusal(answer, 503, 'temporarily_unavailable')
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    // Otherwise the refresh that is tried again comes too late for the grace.
    expect(Number(answer.headers['retry-after'])).toBeLessThan(jeton.settings.renewal.grace)
  }

  it('everything that needs it is 503 with Retry-After at once, and nothing is 200 or 500 (RFC 9110 §15.6.4)', async () => {
    expectUnavailable(await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }))
    expectUnavailable(await token({ grant_type: 'refresh_token', refresh_token: opaquePair.refresh_token }, opaque))
    expectUnavailable(await token({ grant_type: 'client_credentials' }, opaque))
    expectUnavailable(await token(PASSWORD))
    expectUnavailable(await token({ grant_type: 'client_credentials' }, { id: 'never-seen', secret: 'x' }))
    for (const value of [pair.access_token, pair.refresh_token]) expectUnavailable(await jeton.post('/oauth2/revoke', { token: value }, client))
    expectUnavailable(await jeton.post('/oauth2/revoke', { token: opaquePair.access_token }, opaque))
    expectUnavailable(await introspect(opaquePair.access_token))
    expectUnavailable(await introspect(pair.refresh_token, 'refresh_token'))
    expectUnavailable(await jeton.get('/oauth2/userinfo', userToken))
  })

  it('unstored tokens are issued and introspected until max_staleness has passed, and then they are 503', async () => {
    for (const passed of [0, 100, MAX_STALENESS - 100]) {
      clock.advance(passed)
      await poll()
      const issued = await token({ grant_type: 'client_credentials' }).expect(200)
      expect((await introspect(issued.body.access_token).expect(200)).body.active).toBe(true)
      expect((await introspect(pair.access_token).expect(200)).body.active).toBe(true)
      expect((await introspect(userToken).expect(200)).body).toMatchObject({ active: true, username: 'anna' })
      await jeton.get('/revocations/snapshot', feedToken).expect(200)
    }
    clock.advance(1)
    await poll()
    expectUnavailable(await token({ grant_type: 'client_credentials' }))
    for (const value of [pair.access_token, userToken]) expectUnavailable(await introspect(value))
    for (const path of ['/oauth2/userinfo', '/revocations/snapshot']) expectUnavailable(await jeton.get(path, feedToken))
  })

  it('what is not signed by this server is still no token, also when nothing else can be told', async () => {
    clock.advance(MAX_STALENESS + 1)
    expect((await introspect('a.b.c').expect(200)).body).toEqual({ active: false })
    expectRefusal(await jeton.get('/oauth2/userinfo', 'a.b.c'), 401, 'invalid_token')
  })

  it('a client that is known keeps its secret: a wrong one is still invalid_client, however long it lasts', async () => {
    clock.advance(MAX_STALENESS)
    expectRefusal(await token({ grant_type: 'client_credentials' }, { ...client, secret: 'wrong' }), 401, 'invalid_client')
    await token({ grant_type: 'client_credentials' }).expect(200)
  })

  it('it works again as soon as it is back', async () => {
    clock.advance(MAX_STALENESS + 1)
    expectUnavailable(await token({ grant_type: 'client_credentials' }))
    stores.heal()
    await poll()
    await token({ grant_type: 'client_credentials' }).expect(200)
    await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }).expect(200)
    expect((await introspect(pair.access_token).expect(200)).body.active).toBe(true)
  })

  it('keys, metadata and liveness go on', async () => {
    clock.advance(MAX_STALENESS + 1)
    for (const path of ['/oauth2/jwks', '/.well-known/oauth-authorization-server', '/healthz', '/metrics']) await jeton.get(path).expect(200)
  })

  it('the node stays ready, though degraded, for max_staleness', async () => {
    expect((await jeton.get('/readyz').expect(200)).body).toEqual({ status: 'ok', database: 'up', redis: 'none' })
    clock.advance(MAX_STALENESS)
    await poll()
    expect((await jeton.get('/readyz').expect(200)).body).toEqual({ status: 'degraded', database: 'down', redis: 'none' })
    clock.advance(1)
    expect((await jeton.get('/readyz').expect(503)).body).toMatchObject({ database: 'down', redis: 'none' })
    stores.heal()
    await poll()
    expect((await jeton.get('/readyz').expect(200)).body).toEqual({ status: 'ok', database: 'up', redis: 'none' })
  })

  it('a node that is stopping is not ready', async () => {
    stores.heal()
    jeton.jeton.retire()
    await jeton.get('/readyz').expect(503)
    await jeton.get('/healthz').expect(200)
  })

  it('a node that never reached it is started by nobody', async () => {
    const away = createFailingStores()
    await expect(
      startJeton({
        wrapStores: (opened) => {
          away.fail()
          return away.wrap(opened)
        },
      }),
    ).rejects.toThrow(StoreUnavailable)
  })

  it('a store that fails otherwise is 500 server_error, which tells the caller nothing of it (RFC 6749 §5.2)', async () => {
    const secretive = 'SELECT * FROM IDN_OAUTH2_ACCESS_TOKEN failed at /srv/jeton/data.db:17'
    stores.fail(() => new TypeError(secretive))
    const answers = [
      await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }),
      await token({ grant_type: 'client_credentials' }, opaque),
      await token(PASSWORD),
      await token({ grant_type: 'client_credentials' }, { id: 'never-seen-either', secret: 'x' }),
      await jeton.post('/oauth2/revoke', { token: pair.access_token }, client),
      await introspect(opaquePair.access_token),
      await jeton.get('/oauth2/userinfo', userToken),
    ]
    for (const answer of answers) {
      expectRefusal(answer, 500, 'server_error')
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
      expect(answer.text).not.toMatch(/select|idn_|jeton|srv|typeerror|\.ts|\.js|at /i)
    }
    expect(jeton.log()).toContain('request_failed')
  })
})
