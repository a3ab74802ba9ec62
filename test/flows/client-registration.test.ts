import request from 'supertest'
import { LONGEST_LIFETIME } from '../../src/model/client.js'
import { createFailingStores } from '../http/failing-stores.js'
import { expectRefusal } from '../http/refusal.js'
import { type ApiCaller, callerWith, userWith } from './api-calls.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'

await describeOnEngines('dynamic client registration', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  let manager: ApiCaller
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    manager = await callerWith(jeton, 'apim:app_manage')
  }, 60_000)
  afterAll(() => jeton.close())

  const register = async (metadata: object, caller = manager) => (await caller.call('post', REGISTER, metadata).expect(201)).body
  const token = (client: { client_id: string; client_secret: string }, form = {}) =>
    jeton.post('/oauth2/token', { grant_type: 'client_credentials', ...form }, { id: client.client_id, secret: client.client_secret })
  const claimsOf = (value: string) => JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString())

  it('registers a client that can get tokens at once (RFC 7591 §3.2.1)', async () => {
    const metadata = {
      client_name: 'Shop',
      grant_types: ['client_credentials', 'refresh_token'],
      redirect_uris: ['https://shop.example/cb?a=b', 'http://127.0.0.1:8080/cb', 'http://[::1]/cb', 'com.example.shop:/cb'],
      scope: 'read write',
      token_endpoint_auth_method: 'client_secret_post',
      contacts: ['ops@shop.example'],
      logo_uri: 'https://shop.example/logo.png',
    }
    const made = await register(metadata)
    expect(made).toEqual({
      client_id: expect.stringMatching(/^[0-9A-Za-z]{28}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      client_secret_expires_at: 0,
      client_id_issued_at: expect.any(Number),
      client_name: 'Shop',
      grant_types: metadata.grant_types,
      redirect_uris: metadata.redirect_uris,
      response_types: [],
      scope: 'read write',
      token_endpoint_auth_method: 'client_secret_basic',
      token_type_extension: 'JWT',
      ext_public_client: false,
    })
    expect((await token(made).expect(200)).body).toMatchObject({ scope: 'read write', token_type: 'Bearer' })
  })

  it('registers with nothing said, as a public client, and for opaque tokens', async () => {
    expect(await register({})).toMatchObject({ client_name: 'registered client', grant_types: ['client_credentials', 'refresh_token'], scope: '' })
    const phone = await register({ token_endpoint_auth_method: 'none', ext_public_client: true, grant_types: ['password', 'refresh_token'] })
    expect(phone).toMatchObject({ ext_public_client: true, token_endpoint_auth_method: 'none' })
    expect(phone).not.toHaveProperty('client_secret')
    expect(phone).not.toHaveProperty('client_secret_expires_at')
    const opaque = await register({ token_type_extension: 'Default' })
    expect(opaque.token_type_extension).toBe('Default')
    expect((await token(opaque).expect(200)).body.access_token).toMatch(/^jat_/)
  })

  it('reads, changes and deletes (RFC 7592 §2), and never shows the secret again', async () => {
    const made = await register({ client_name: 'Shop', scope: 'read write', redirect_uris: ['https://shop.example/cb'] })
    const { client_secret, client_secret_expires_at, ...shown } = made
    const path = `${REGISTER}/${made.client_id}`
    expect((await manager.call('get', path).expect(200)).body).toEqual(shown)
    const changed = await manager.call('put', path, { client_id: made.client_id, client_secret, client_name: 'Store', ext_user_token_lifetime: 60 })
    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({ ...shown, client_name: 'Store', ext_user_token_lifetime: 60 })
    expect(changed.text).not.toContain(client_secret)
    await token(made).expect(200)
    const gone = await manager.call('delete', path)
    expect({ status: gone.status, text: gone.text }).toEqual({ status: 204, text: '' })
    expectRefusal(await manager.call('get', path), 404, 'not_found')
    expectRefusal(await token(made), 401, 'invalid_client')
    expect(jeton.log()).not.toContain(client_secret)
  })

  it('refuses what was granted before when a change takes something away', async () => {
    const made = await register({ scope: 'read write' })
    const { access_token: before } = (await token(made).expect(200)).body
    await manager.call('put', `${REGISTER}/${made.client_id}`, { scope: 'read' }).expect(200)
    const credentials = { id: made.client_id, secret: made.client_secret }
    expect((await jeton.post('/oauth2/introspect', { token: before }, credentials).expect(200)).body).toEqual({ active: false })
    expect((await token(made).expect(200)).body.scope).toBe('read')
  })

  it('gives the tokens of a client the lifetimes that it asks for, and no others', async () => {
    const made = await register({ ext_application_token_lifetime: 7200, ext_refresh_token_lifetime: 100_000 })
    expect(made).toMatchObject({ ext_application_token_lifetime: 7200, ext_refresh_token_lifetime: 100_000 })
    expect(await jeton.stores.heads.read()).toMatchObject({ longestAccessLifetime: 7200, longestRefreshLifetime: 100_000 })
    await manager.call('put', `${REGISTER}/${made.client_id}`, { ext_application_token_lifetime: 0 }).expect(200)
    expect((await manager.call('get', `${REGISTER}/${made.client_id}`)).body).not.toHaveProperty('ext_application_token_lifetime')
  })

  it('obeys no field that is not its to say', async () => {
    const forged = {
      client_id: 'chosen',
      client_secret: 'chosen',
      client_id_issued_at: 1,
      ext_application_owner: 'admin',
      owner: 'admin',
      state: 'disabled',
      audience: 'https://api.example',
      audiences: ['https://api.example'],
      tokenType: 'OAUTH',
      secretHash: 'x',
      introspect_any: true,
      software_statement: 'eyJhbGciOiJub25lIn0.e30.',
      constructor: { prototype: { state: 'disabled' } },
    }
    const made = await register(JSON.parse(`{"__proto__":{"isPublic":true},"x":${JSON.stringify(forged)}}`))
    const { client_id } = await register(forged)
    const stored = await jeton.jeton.operations.clients.get(client_id)
    expect(client_id).not.toBe('chosen')
    expect(stored).toMatchObject({ owner: manager.client.id, state: 'active', audiences: [], tokenType: 'JWT' })
    expect(stored.createdAt).toBeGreaterThan(1_700_000_000)
    expect(made.ext_public_client).toBe(false)
    expect(({} as Record<string, unknown>).state).toBeUndefined()
    await manager.call('put', `${REGISTER}/${client_id}`, { ...forged, client_id, client_secret: undefined, client_name: 'x' }).expect(200)
    expect(await jeton.jeton.operations.clients.get(client_id)).toEqual({ ...stored, name: 'x' })
  })

  it('changes neither credentials nor kind of a client (RFC 7592 §2.2)', async () => {
    const made = await register({})
    for (const change of [
      { client_id: 'another' },
      { client_secret: 'wrong' },
      { token_type_extension: 'Default' },
      { token_endpoint_auth_method: 'none' },
      { ext_public_client: true },
    ])
      expectRefusal(await manager.call('put', `${REGISTER}/${made.client_id}`, change), 400, 'invalid_client_metadata')
    await token(made).expect(200)
  })

  it("does not tell another's client, or an operator's, from one that does not exist", async () => {
    const made = await register({ client_name: 'mine' })
    const operators = await jeton.createClient()
    const other = await callerWith(jeton, 'apim:app_manage')
    const user = await userWith(jeton, `bert of ${engine}`, 'apim:app_manage')
    const unknown = await other.call('get', `${REGISTER}/nobody`)
    for (const caller of [other, user]) {
      for (const id of [made.client_id, operators.id, manager.client.id, 'nobody', '%00', '%20', 'x'.repeat(300)]) {
        for (const [method, body] of [['get'], ['put', { client_name: 'theirs' }], ['delete']] as const) {
          const answer = await caller.call(method, `${REGISTER}/${id}`, body)
          expectRefusal(answer, 404, 'not_found')
          expect(answer.text).toBe(unknown.text)
        }
      }
    }
    expect((await manager.call('get', `${REGISTER}/${made.client_id}`)).body.client_name).toBe('mine')
    await token({ client_id: operators.id, client_secret: operators.secret }).expect(200)
  })

  it('belongs to the user who has registered, whichever client they came by', async () => {
    const user = await userWith(jeton, `carla of ${engine}`, 'apim:app_manage')
    const made = await register({ client_name: 'of Carla' }, user)
    expect((await jeton.jeton.operations.clients.get(made.client_id)).owner).toBe(claimsOf(user.token).sub)
    expect((await user.call('get', `${REGISTER}/${made.client_id}`).expect(200)).body.client_name).toBe('of Carla')
  })

  it('shows everything to apim:admin, and lets only jeton:admin give the scopes of this server', async () => {
    const made = await register({})
    const everybody = await callerWith(jeton, 'apim:admin')
    await everybody.call('put', `${REGISTER}/${made.client_id}`, { client_name: 'seen' }).expect(200)
    expectRefusal(await everybody.call('put', `${REGISTER}/${made.client_id}`, { scope: 'introspect_any' }), 400, 'invalid_client_metadata')
    const operator = await callerWith(jeton, 'apim:admin jeton:admin')
    await operator.call('put', `${REGISTER}/${made.client_id}`, { scope: 'introspect_any read' }).expect(200)
    expect((await manager.call('put', `${REGISTER}/${made.client_id}`, { scope: 'introspect_any' }).expect(200)).body.scope).toBe('introspect_any')
  })

  it("takes WSO2's own scopes, each for its method", async () => {
    const owner = await callerWith(jeton, 'internal_dcr_create')
    const { client_id } = await register({}, owner)
    for (const method of ['get', 'put', 'delete'] as const)
      expectRefusal(await owner.call(method, `${REGISTER}/${client_id}`, method === 'put' ? {} : undefined), 403, 'insufficient_scope')
    const viewer = await callerWith(jeton, 'internal_dcr_view')
    expectRefusal(await viewer.call('post', REGISTER, {}), 403, 'insufficient_scope')
    expectRefusal(await viewer.call('get', `${REGISTER}/${client_id}`), 404, 'not_found')
  })

  it('is for tokens with a scope for it: 401 without one, 403 without the scope, 415, 413 and 405 as everywhere', async () => {
    const none = await request(jeton.jeton.app).post(REGISTER).send({})
    expect({ status: none.status, challenge: none.headers['www-authenticate'] }).toEqual({ status: 401, challenge: 'Bearer realm="jeton"' })
    for (const scopes of ['read', 'apim:subscribe', 'jeton:admin'])
      expectRefusal(await (await callerWith(jeton, scopes)).call('post', REGISTER, {}), 403, 'insufficient_scope')
    const sent = () => request(jeton.jeton.app).post(REGISTER).set('Authorization', `Bearer ${manager.token}`)
    expectRefusal(await sent().set('Content-Type', 'text/plain').send('{}'), 415, 'invalid_request')
    expectRefusal(await manager.call('post', REGISTER, { client_name: 'x'.repeat(64 * 1024) }), 413, 'invalid_request')
    const answer = await manager.call('delete', REGISTER)
    expectRefusal(answer, 405, 'invalid_request')
    expect(answer.headers.allow).toBe('POST')
    expect((await manager.call('post', `${REGISTER}/x`, {})).headers.allow).toBe('GET, HEAD, PUT, DELETE')
  })
})

await describeOnEngines('a registration that is not good', ['memory', 'postgresql'], (engine) => {
  let jeton: JetonInProcess
  let manager: ApiCaller
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    manager = await callerWith(jeton, 'apim:app_manage')
  }, 60_000)
  afterAll(() => jeton.close())

  it.each([
    ['a relative redirect URI', { redirect_uris: ['/cb'] }, 'invalid_redirect_uri'],
    ['an empty redirect URI', { redirect_uris: [''] }, 'invalid_redirect_uri'],
    ['a redirect URI with a fragment', { redirect_uris: ['https://a.example/#x'] }, 'invalid_redirect_uri'],
    ['a redirect URI with an empty fragment', { redirect_uris: ['https://a.example/#'] }, 'invalid_redirect_uri'],
    ['a wildcard in a host', { redirect_uris: ['https://*.example.com/cb'] }, 'invalid_redirect_uri'],
    ['a wildcard in a path', { redirect_uris: ['https://a.example/*'] }, 'invalid_redirect_uri'],
    ['a pattern of WSO2', { redirect_uris: ['regexp=(https://a.example/cb|https://b.example/cb)'] }, 'invalid_redirect_uri'],
    ['http elsewhere than at the loopback address', { redirect_uris: ['http://a.example/cb'] }, 'invalid_redirect_uri'],
    ['http at a host that only begins like loopback', { redirect_uris: ['http://localhost.evil.example/cb'] }, 'invalid_redirect_uri'],
    ['a password in a redirect URI', { redirect_uris: ['https://u:p@a.example/cb'] }, 'invalid_redirect_uri'],
    ['a user in the place of a host', { redirect_uris: ['https://good.example@evil.example/'] }, 'invalid_redirect_uri'],
    ['backslashes', { redirect_uris: ['https:\\\\evil.example'] }, 'invalid_redirect_uri'],
    ['a missing slash', { redirect_uris: ['https:/evil.example'] }, 'invalid_redirect_uri'],
    ['a line break', { redirect_uris: ['https://a.example/\ncb'] }, 'invalid_redirect_uri'],
    ['a scheme that runs code', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['a scheme that anybody may have', { redirect_uris: ['myapp:/cb'] }, 'invalid_redirect_uri'],
    ['a scheme of files', { redirect_uris: ['file:///etc/passwd'] }, 'invalid_redirect_uri'],
    ['one good and one bad', { redirect_uris: ['https://a.example/', 'data:text/html,x'] }, 'invalid_redirect_uri'],
    ['too many', { redirect_uris: Array.from({ length: 200 }, (_, place) => `https://a.example/${place}`) }, 'invalid_redirect_uri'],
    ['redirect URIs that are no list', { redirect_uris: 'https://a.example/' }, 'invalid_client_metadata'],
    ['redirect URIs that are no texts', { redirect_uris: [{}] }, 'invalid_client_metadata'],
    ['a grant type that the server does not offer', { grant_types: ['implicit'] }, 'invalid_client_metadata'],
    ['a grant type of a later release', { grant_types: ['authorization_code'] }, 'invalid_client_metadata'],
    ['a grant type that is a member of every object', { grant_types: ['constructor'] }, 'invalid_client_metadata'],
    ['client credentials for a public client', { grant_types: ['client_credentials'], ext_public_client: true }, 'invalid_client_metadata'],
    ['a scope that is malformed', { scope: 'a"b' }, 'invalid_client_metadata'],
    ['a scope that is too long', { scope: 'a'.repeat(101) }, 'invalid_client_metadata'],
    ['the scope jeton:admin', { scope: 'read jeton:admin' }, 'invalid_client_metadata'],
    ['the scope introspect_any', { scope: 'introspect_any' }, 'invalid_client_metadata'],
    ['the scope revocation_feed', { scope: 'revocation_feed' }, 'invalid_client_metadata'],
    ['the scope apim:app_manage, which the caller has itself', { scope: 'apim:app_manage' }, 'invalid_client_metadata'],
    ['the scope apim:anything', { scope: 'apim:anything' }, 'invalid_client_metadata'],
    ['the scope internal_dcr_create', { scope: 'internal_dcr_create' }, 'invalid_client_metadata'],
    ['a name that is too long', { client_name: 'x'.repeat(256) }, 'invalid_client_metadata'],
    ['a name with a NUL', { client_name: 'a\u0000b' }, 'invalid_client_metadata'],
    ['a name that is half a character', { client_name: '\ud800' }, 'invalid_client_metadata'],
    ['an empty name', { client_name: '' }, 'invalid_client_metadata'],
    ['a name that is a number', { client_name: 7 }, 'invalid_client_metadata'],
    ['an unknown kind of token', { token_type_extension: 'SAML' }, 'invalid_client_metadata'],
    ['an authentication method that is not offered', { token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    ['a contradiction', { token_endpoint_auth_method: 'none', ext_public_client: false }, 'invalid_client_metadata'],
    ['an id of its own choice', { ext_param_client_id: 'admin' }, 'invalid_client_metadata'],
    ['a secret of its own choice', { ext_param_client_secret: 'x' }, 'invalid_client_metadata'],
    ['a negative lifetime', { ext_user_token_lifetime: -1 }, 'invalid_client_metadata'],
    ['a lifetime in parts of a second', { ext_user_token_lifetime: 1.5 }, 'invalid_client_metadata'],
    ['a lifetime for ever', { ext_refresh_token_lifetime: LONGEST_LIFETIME + 1 }, 'invalid_client_metadata'],
    ['a lifetime that is text', { ext_refresh_token_lifetime: '60' }, 'invalid_client_metadata'],
    ['a list', [], 'invalid_client_metadata'],
    ['no JSON', '{', 'invalid_client_metadata'],
  ])('is refused for %s (RFC 7591 §3.2.2), when it registers and when it changes', async (_what, metadata, error) => {
    const kept = (await manager.call('post', REGISTER, { client_name: 'kept' }).expect(201)).body
    const before = (await jeton.stores.clients.list('', 1000)).length
    expectRefusal(await manager.call('post', REGISTER, metadata), 400, error)
    // What is about the kind of client has to contradict this one.
    expectRefusal(await manager.call('put', `${REGISTER}/${kept.client_id}`, metadata), 400, error)
    expect((await jeton.stores.clients.list('', 1000)).length).toBe(before)
    expect((await manager.call('get', `${REGISTER}/${kept.client_id}`)).body).toMatchObject({ client_name: 'kept', scope: '' })
  })
})

describe('dynamic client registration while the database is away', () => {
  it('is 503, and registers nothing', async () => {
    const failing = createFailingStores()
    const jeton = await startJeton({ wrapStores: failing.wrap })
    try {
      const manager = await callerWith(jeton, 'apim:app_manage')
      failing.fail()
      expectRefusal(await manager.call('post', REGISTER, {}), 503, 'temporarily_unavailable')
      failing.heal()
      await manager.call('post', REGISTER, {}).expect(201)
    } finally {
      await jeton.close()
    }
  })
})
