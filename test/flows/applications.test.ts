import type { Response } from 'supertest'
import request from 'supertest'
import { createFailingStores } from '../http/failing-stores.js'
import { type ApiCaller, callerWith, userWith } from './api-calls.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

const PORTAL = '/api/am/devportal/v3'
const APPLICATIONS = `${PORTAL}/applications`
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** That an answer is a refusal of the form of WSO2's portal, which nobody may keep. */
function expectPortalRefusal({ status, body, headers }: Response, expected: number): void {
  expect({ status, code: body.code }).toEqual({ status: expected, code: expected })
  expect(body).toEqual({ code: expected, message: expect.any(String), description: expect.any(String), moreInfo: '', error: [] })
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' })
}

await describeOnEngines('applications of the portal', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  let anna: ApiCaller
  let count = 0
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    anna = await userWith(jeton, 'anna', 'apim:app_manage apim:subscribe')
  }, 60_000)
  afterAll(() => jeton.close())

  const newName = () => `App ${++count}`
  const create = async (fields: object = {}, caller = anna) =>
    (await caller.call('post', APPLICATIONS, { name: newName(), throttlingPolicy: 'Unlimited', ...fields }).expect(201)).body
  const pathOf = ({ applicationId }: { applicationId: string }) => `${APPLICATIONS}/${applicationId}`
  const generate = async (application: { applicationId: string }, fields: object = {}, caller = anna) =>
    (
      await caller
        .call('post', `${pathOf(application)}/generate-keys`, {
          keyType: 'PRODUCTION',
          grantTypesToBeSupported: ['client_credentials', 'refresh_token'],
          ...fields,
        })
        .expect(200)
    ).body
  const token = (key: { consumerKey: string; consumerSecret: string }, form: Record<string, string> = { grant_type: 'client_credentials' }) =>
    jeton.post('/oauth2/token', form, { id: key.consumerKey, secret: key.consumerSecret })
  const isActive = async (key: { consumerKey: string; consumerSecret: string }, value: string) =>
    (await jeton.post('/oauth2/introspect', { token: value }, { id: key.consumerKey, secret: key.consumerSecret }).expect(200)).body.active
  const claimsOf = (value: string) => JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString())

  it('are created with 201 and Location, and read again', async () => {
    const name = newName()
    const fields = { name, throttlingPolicy: '10PerMin', description: 'Sells\nthings', tokenType: 'OAUTH', attributes: { 'Billing Tier': 'gold' } }
    const answer = await anna.call('post', APPLICATIONS, fields).expect(201)
    expect(answer.body).toEqual({
      ...fields,
      applicationId: expect.stringMatching(UUID),
      status: 'APPROVED',
      owner: 'anna',
      groups: [],
      subscriptionCount: 0,
      keys: [],
      subscriptionScopes: [],
      hashEnabled: true,
    })
    expect(answer.headers.location).toBe(pathOf(answer.body))
    expect((await anna.call('get', answer.headers.location ?? '').expect(200)).body).toEqual(answer.body)
    expect(await create()).toMatchObject({ tokenType: 'JWT', description: '', attributes: {} })
  })

  it('are listed in pages, by name or in the order that is asked for', async () => {
    const bert = await userWith(jeton, 'bert', 'apim:app_manage')
    const list = async (query = '') => (await bert.call('get', `${APPLICATIONS}${query}`).expect(200)).body
    expect(await list()).toEqual({ count: 0, list: [], pagination: { offset: 0, limit: 25, total: 0, next: '', previous: '' } })
    for (const name of ['B', 'C', 'A']) await create({ name, throttlingPolicy: name === 'A' ? 'z' : 'y' }, bert)
    const names = ({ list: found }: { list: { name: string }[] }) => found.map(({ name }) => name)
    const first = await list('?limit=2')
    expect({ ...first, list: names(first) }).toEqual({
      count: 2,
      list: ['A', 'B'],
      pagination: { offset: 0, limit: 2, total: 3, next: '/applications?limit=2&offset=2&sortBy=name&sortOrder=asc', previous: '' },
    })
    const second = (await bert.call('get', `${PORTAL}${first.pagination.next}`).expect(200)).body
    expect(names(second)).toEqual(['C'])
    expect(second.pagination).toMatchObject({ offset: 2, next: '', previous: '/applications?limit=2&offset=0&sortBy=name&sortOrder=asc' })
    expect(names(await list('?sortBy=throttlingPolicy&sortOrder=desc&limit=1'))).toEqual(['A'])
    expect(names(await list('?sortBy=name&sortOrder=desc'))).toEqual(['C', 'B', 'A'])
    expect(names(await list('?query=B'))).toEqual(['B'])
    expect(names(await list('?query=b'))).toEqual([])
    expect(names(await list('?offset=99'))).toEqual([])
    expect((await list('?limit=0')).count).toBe(0)
    expect((await list('?limit=999999999')).pagination.limit).toBe(500)
  })

  it.each([
    'limit=-1',
    'limit=x',
    'limit=1.5',
    'offset=1e3',
    'limit=1&limit=2',
    'sortBy=owner',
    'sortOrder=up',
    'query=%00',
    'query=a&query=b',
    'limit=99999999999',
  ])('are not listed for %s', async (query) => {
    expectPortalRefusal(await anna.call('get', `${APPLICATIONS}?${query}`), 400)
  })

  it('have names of which an owner may give each once: 409', async () => {
    const [first, second] = [await create({ name: 'Once' }), await create()]
    expectPortalRefusal(await anna.call('post', APPLICATIONS, { name: 'Once', throttlingPolicy: 'x' }), 409)
    expectPortalRefusal(await anna.call('put', pathOf(second), { name: 'Once', throttlingPolicy: 'x' }), 409)
    await anna.call('put', pathOf(first), { name: 'Once', throttlingPolicy: 'x' }).expect(200)
    await create({ name: 'Once' }, await callerWith(jeton, 'apim:app_manage'))
  })

  it('are changed by PUT, and what it does not name stays', async () => {
    const application = await create({ description: 'd', attributes: { a: 'b' }, tokenType: 'OAUTH' })
    const changed = (await anna.call('put', pathOf(application), { name: `${application.name}!`, throttlingPolicy: 'Gold' }).expect(200)).body
    expect(changed).toEqual({ ...application, name: `${application.name}!`, throttlingPolicy: 'Gold' })
    expect((await anna.call('get', pathOf(application))).body).toEqual(changed)
  })

  it.each([
    ['nothing', {}],
    ['no name', { throttlingPolicy: 'x' }],
    ['no throttlingPolicy', { name: 'x' }],
    ['an empty name', { name: ' ', throttlingPolicy: 'x' }],
    ['a name of 71 characters', { name: 'x'.repeat(71), throttlingPolicy: 'x' }],
    ['a name with a NUL', { name: 'a\u0000', throttlingPolicy: 'x' }],
    ['half a character', { name: '\udc00', throttlingPolicy: 'x' }],
    ['a name that is a list', { name: ['x'], throttlingPolicy: 'x' }],
    ['a long throttlingPolicy', { name: 'x', throttlingPolicy: 'x'.repeat(51) }],
    ['a long description', { name: 'x', throttlingPolicy: 'x', description: 'x'.repeat(513) }],
    ['a description with a NUL', { name: 'x', throttlingPolicy: 'x', description: '\u0000' }],
    ['a tokenType beyond the two', { name: 'x', throttlingPolicy: 'x', tokenType: 'DEFAULT' }],
    ['a tokenType in small letters', { name: 'x', throttlingPolicy: 'x', tokenType: 'jwt' }],
    ['a tokenType that is no text', { name: 'x', throttlingPolicy: 'x', tokenType: { toString: 'JWT' } }],
    ['attributes that are no texts', { name: 'x', throttlingPolicy: 'x', attributes: { a: 1 } }],
    ['attributes that are a list', { name: 'x', throttlingPolicy: 'x', attributes: ['a'] }],
    ['a long attribute', { name: 'x', throttlingPolicy: 'x', attributes: { a: 'x'.repeat(1025) } }],
    [
      'too many attributes',
      { name: 'x', throttlingPolicy: 'x', attributes: Object.fromEntries(Array.from({ length: 33 }, (_, place) => [`a${place}`, ''])) },
    ],
    ['an attribute with a NUL', { name: 'x', throttlingPolicy: 'x', attributes: { '\u0000': 'x' } }],
    ['no object', '["name"]'],
    ['no JSON', '{"name"'],
  ])('are refused with 400 for %s', async (_what, fields) => {
    const application = await create()
    expectPortalRefusal(await anna.call('post', APPLICATIONS, fields), 400)
    expectPortalRefusal(await anna.call('put', pathOf(application), fields), 400)
    expect((await anna.call('get', pathOf(application))).body).toEqual(application)
  })

  it('obey no field that is not theirs to say', async () => {
    const forged = {
      applicationId: NOBODY,
      owner: 'admin',
      status: 'REJECTED',
      groups: ['admin'],
      subscriptionCount: 99,
      keys: [{ consumerKey: anna.client.id }],
      hashEnabled: false,
      createdTime: '0',
      constructor: { prototype: { owner: 'admin' } },
    }
    const made = await create(forged)
    expect(made).toMatchObject({ owner: 'anna', status: 'APPROVED', groups: [], keys: [], subscriptionCount: 0, hashEnabled: true })
    expect(made.applicationId).not.toBe(NOBODY)
    const body = `{"__proto__":{"name":"polluted"},"name":"${made.name}","throttlingPolicy":"x",${JSON.stringify(forged).slice(1)}`
    expect((await anna.call('put', pathOf(made), body).expect(200)).body).toEqual({ ...made, throttlingPolicy: 'x' })
    expect(({} as Record<string, unknown>).name).toBeUndefined()
    expect(await create({ attributes: JSON.parse('{"__proto__":"x","constructor":"y"}') })).toMatchObject({ attributes: { constructor: 'y' } })
  })

  it("do not tell another's from one that does not exist, whatever is asked", async () => {
    const application = await create()
    const { keyMappingId, consumerKey } = await generate(application)
    const bystander = await callerWith(jeton, 'apim:app_manage apim:subscribe')
    const ids = [application.applicationId, application.applicationId.toUpperCase(), NOBODY, 'x', '%00', '%2e%2e', consumerKey]
    const unknown = await bystander.call('get', `${APPLICATIONS}/${NOBODY}`)
    for (const id of ids) {
      const key = { keyType: 'SANDBOX', grantTypesToBeSupported: ['client_credentials'] }
      const answers = [
        await bystander.call('get', `${APPLICATIONS}/${id}`),
        await bystander.call('put', `${APPLICATIONS}/${id}`, { name: 'theirs', throttlingPolicy: 'x' }),
        await bystander.call('delete', `${APPLICATIONS}/${id}`),
        await bystander.call('post', `${APPLICATIONS}/${id}/generate-keys`, key),
        await bystander.call('get', `${APPLICATIONS}/${id}/oauth-keys`),
        await bystander.call('get', `${APPLICATIONS}/${id}/oauth-keys/${keyMappingId}`),
        await bystander.call('put', `${APPLICATIONS}/${id}/oauth-keys/${keyMappingId}`, { supportedGrantTypes: [] }),
        await bystander.call('post', `${APPLICATIONS}/${id}/oauth-keys/${keyMappingId}/regenerate-secret`),
        await bystander.call('post', `${APPLICATIONS}/${id}/oauth-keys/${keyMappingId}/generate-token`, {}),
      ]
      for (const answer of answers) {
        expectPortalRefusal(answer, 404)
        expect(answer.text).toBe(unknown.text)
      }
    }
    expect((await bystander.call('get', APPLICATIONS)).body.count).toBe(0)
    const own = await create({}, bystander)
    expectPortalRefusal(await bystander.call('get', `${pathOf(own)}/oauth-keys/${keyMappingId}`), 404)
    expect((await anna.call('get', pathOf(application))).body).toEqual(application)
  })

  it('show everything to apim:admin', async () => {
    const application = await create()
    const admin = await callerWith(jeton, 'apim:admin')
    expect((await admin.call('get', pathOf(application)).expect(200)).body).toEqual(application)
    expect((await admin.call('get', `${APPLICATIONS}?query=${encodeURIComponent(application.name)}`)).body.list).toMatchObject([{ owner: 'anna' }])
  })

  it('are looked at and used with apim:subscribe, and managed with apim:app_manage', async () => {
    const application = await create()
    const user = await userWith(jeton, 'anna the second', 'apim:subscribe')
    expect((await user.call('get', APPLICATIONS).expect(200)).body.count).toBe(0)
    for (const [method, path] of [
      ['post', APPLICATIONS],
      ['put', pathOf(application)],
      ['delete', pathOf(application)],
    ] as const)
      expectPortalRefusal(await user.call(method, path, method === 'delete' ? undefined : { name: 'x', throttlingPolicy: 'x' }), 403)
    for (const scopes of ['read', 'jeton:admin', 'internal_dcr_view'])
      expectPortalRefusal(await (await callerWith(jeton, scopes)).call('get', APPLICATIONS), 403)
    const none = await request(jeton.jeton.app).get(APPLICATIONS)
    expect({ status: none.status, challenge: none.headers['www-authenticate'] }).toEqual({ status: 401, challenge: 'Bearer realm="jeton"' })
    const forged = await request(jeton.jeton.app)
      .get(APPLICATIONS)
      .set('Authorization', `Bearer ${anna.token.slice(0, -8)}AAAAAAAA`)
    expectPortalRefusal(forged, 401)
    expect(forged.headers['www-authenticate']).toContain('error="invalid_token"')
  })

  it('have keys, each a client with a secret that is shown once, and a first token', async () => {
    const application = await create()
    const callbackUrl = 'https://shop.example/cb?a=1,2,http://localhost:3000/cb'
    const key = await generate(application, { callbackUrl, scopes: ['default', 'read'], validityTime: 3600, keyManager: 'Resident Key Manager' })
    expect(key).toEqual({
      keyMappingId: expect.stringMatching(UUID),
      keyManager: 'Resident Key Manager',
      consumerKey: expect.stringMatching(/^[0-9A-Za-z]{28}$/),
      consumerSecret: expect.stringMatching(/^[\w-]{43}$/),
      supportedGrantTypes: ['client_credentials', 'refresh_token'],
      callbackUrl,
      keyState: 'APPROVED',
      keyType: 'PRODUCTION',
      mode: 'CREATED',
      token: { accessToken: expect.stringMatching(/^eyJ/), tokenScopes: ['default', 'read'], validityTime: 3600 },
      additionalProperties: {
        application_access_token_expiry_time: 'N/A',
        user_access_token_expiry_time: 'N/A',
        refresh_token_expiry_time: 'N/A',
        bypassClientCredentials: false,
      },
    })
    expect(await isActive(key, key.token.accessToken)).toBe(true)
    expect((await token(key).expect(200)).body.scope).toBe('default read')
    expect(await jeton.jeton.operations.clients.get(key.consumerKey)).toMatchObject({
      name: `anna_${application.name}_PRODUCTION`,
      owner: claimsOf(anna.token).sub,
      redirectUris: ['https://shop.example/cb?a=1,2', 'http://localhost:3000/cb'],
    })
    const { consumerSecret, token: _token, ...shown } = key
    const sandbox = await generate(application, { keyType: 'SANDBOX', grantTypesToBeSupported: ['refresh_token'] })
    expect(sandbox).not.toHaveProperty('token')
    const listed = (await anna.call('get', `${pathOf(application)}/oauth-keys`).expect(200)).body
    expect(listed).toMatchObject({ count: 2, list: [shown, { keyType: 'SANDBOX' }] })
    const read = await anna.call('get', `${pathOf(application)}/oauth-keys/${key.keyMappingId}`).expect(200)
    expect(read.body).toEqual(shown)
    expect(JSON.stringify(listed) + read.text + jeton.log()).not.toContain(consumerSecret)
    expectPortalRefusal(
      await anna.call('post', `${pathOf(application)}/generate-keys`, { keyType: 'PRODUCTION', grantTypesToBeSupported: ['client_credentials'] }),
      409,
    )
  })

  it('give keys the lifetimes that are asked for', async () => {
    const properties = {
      application_access_token_expiry_time: '120',
      user_access_token_expiry_time: 60,
      refresh_token_expiry_time: 'N/A',
      pkceMandatory: 'false',
    }
    const application = await create()
    const key = await generate(application, { additionalProperties: properties })
    expect(key.additionalProperties).toMatchObject({
      application_access_token_expiry_time: 120,
      user_access_token_expiry_time: 60,
      refresh_token_expiry_time: 'N/A',
    })
    const changed = await anna.call('put', `${pathOf(application)}/oauth-keys/${key.keyMappingId}`, {
      supportedGrantTypes: ['client_credentials'],
      callbackUrl: '',
      additionalProperties: { application_access_token_expiry_time: 'N/A' },
      consumerKey: 'forged',
      consumerSecret: 'forged',
      keyType: 'SANDBOX',
    })
    expect(changed.body).toMatchObject({ supportedGrantTypes: ['client_credentials'], keyType: 'PRODUCTION', consumerKey: key.consumerKey })
    expect(changed.body.additionalProperties).toMatchObject({ application_access_token_expiry_time: 'N/A', user_access_token_expiry_time: 60 })
    await token(key).expect(200)
  })

  it.each([
    ['no keyType', { keyType: undefined }],
    ['an unknown keyType', { keyType: 'STAGING' }],
    ['no grant types', { grantTypesToBeSupported: undefined }],
    ['grant types that are text', { grantTypesToBeSupported: 'client_credentials' }],
    ['a grant type that is not offered', { grantTypesToBeSupported: ['client_credentials', 'implicit'] }],
    ['a grant type of a later release', { grantTypesToBeSupported: ['authorization_code'] }],
    ['a redirect URI that is not exact', { callbackUrl: 'https://*.example/cb' }],
    ['a pattern of WSO2', { callbackUrl: 'regexp=(https://a.example|https://b.example)' }],
    ['a redirect URI that runs code', { callbackUrl: 'javascript:alert(1)' }],
    ['another key manager', { keyManager: 'Keycloak' }],
    ['the scope jeton:admin', { scopes: ['jeton:admin'] }],
    ['the scope apim:admin', { scopes: ['apim:admin'] }],
    ['a malformed scope', { scopes: ['a b"'] }],
    ['client credentials for a public client', { additionalProperties: { bypassClientCredentials: 'true' } }],
    ['a lifetime that is no number', { additionalProperties: { refresh_token_expiry_time: 'ever' } }],
    ['a negative lifetime', { additionalProperties: { refresh_token_expiry_time: -5 } }],
    ['a lifetime for ever', { additionalProperties: { refresh_token_expiry_time: '9223372036854775' } }],
    ['properties that are text', { additionalProperties: '{}' }],
  ])('get no key for %s', async (_what, fields) => {
    const application = await create()
    const body = { keyType: 'PRODUCTION', grantTypesToBeSupported: ['client_credentials'], ...fields }
    expectPortalRefusal(await anna.call('post', `${pathOf(application)}/generate-keys`, body), 400)
    expect((await anna.call('get', `${pathOf(application)}/oauth-keys`)).body).toEqual({ count: 0, list: [] })
  })

  it('give no scope of other APIs through apim:subscribe, but those that its token has', async () => {
    const developer = await userWith(jeton, 'developer', 'apim:subscribe apim:app_manage read')
    const application = await create({}, developer)
    const form = { grant_type: 'password', username: 'developer', password: 'correct horse', scope: 'apim:subscribe read' }
    const narrow = (await jeton.post('/oauth2/token', form, developer.client).expect(200)).body.access_token
    const ask = (scopes: string[]) =>
      request(jeton.jeton.app)
        .post(`${pathOf(application)}/generate-keys`)
        .set('Authorization', `Bearer ${narrow}`)
        .send({ keyType: 'PRODUCTION', grantTypesToBeSupported: ['client_credentials'], scopes })
    expectPortalRefusal(await ask(['payments']), 400)
    expectPortalRefusal(await ask(['apim:subscribe']), 400)
    expect((await ask(['read', 'default', 'am_application_scope'])).body.token.tokenScopes).toEqual(['read', 'default', 'am_application_scope'])
  })

  it('get tokens for a key, revoke one that is named, and check a secret that is told', async () => {
    const application = await create()
    const key = await generate(application, { scopes: ['read', 'write'] })
    const ask = (wish: object) => anna.call('post', `${pathOf(application)}/oauth-keys/${key.keyMappingId}/generate-token`, wish)
    const { body } = await ask({
      consumerSecret: key.consumerSecret,
      validityPeriod: 3600,
      scopes: ['read'],
      revokeToken: key.token.accessToken,
    }).expect(200)
    expect(body).toEqual({ accessToken: expect.any(String), tokenScopes: ['read'], validityTime: 3600 })
    expect(await isActive(key, body.accessToken)).toBe(true)
    expect(await isActive(key, key.token.accessToken)).toBe(false)
    expect((await ask({}).expect(200)).body.tokenScopes).toEqual(['read', 'write'])
    for (const wish of [
      { consumerSecret: 'wrong' },
      { consumerSecret: '' },
      { scopes: ['admin'] },
      { scopes: ['a"'] },
      { scopes: 'read' },
      { revokeToken: anna.token },
    ])
      expectPortalRefusal(await ask(wish), 400)
    expect(await isActive(key, body.accessToken)).toBe(true)
  })

  it('get another secret for a key; the old one, and what was granted with it, is refused', async () => {
    const application = await create()
    const key = await generate(application)
    const answer = await anna.call('post', `${pathOf(application)}/oauth-keys/${key.keyMappingId}/regenerate-secret`).expect(200)
    expect(answer.body).toEqual({ consumerKey: key.consumerKey, consumerSecret: expect.stringMatching(/^[\w-]{43}$/) })
    expect((await token(key)).status).toBe(401)
    expect(await isActive(answer.body, key.token.accessToken)).toBe(false)
    await token(answer.body).expect(200)
    const phone = await generate(application, {
      keyType: 'SANDBOX',
      grantTypesToBeSupported: ['password'],
      additionalProperties: { bypassClientCredentials: true },
    })
    expect(phone).not.toHaveProperty('consumerSecret')
    expectPortalRefusal(await anna.call('post', `${pathOf(application)}/oauth-keys/${phone.keyMappingId}/regenerate-secret`), 400)
  })

  it('move with all their clients to the other kind of token by PUT, and nothing that they hold is lost', async () => {
    const application = await create({ tokenType: 'OAUTH' })
    const [production, sandbox] = [await generate(application), await generate(application, { keyType: 'SANDBOX' })]
    const before = (await token(production).expect(200)).body
    expect(before.access_token).toMatch(/^jat_/)
    const { name, throttlingPolicy } = application
    expect((await anna.call('put', pathOf(application), { name, throttlingPolicy, tokenType: 'JWT' }).expect(200)).body.tokenType).toBe('JWT')
    for (const key of [production, sandbox]) expect((await token(key).expect(200)).body.access_token).toMatch(/^eyJ/)
    expect(await isActive(production, before.access_token)).toBe(true)
    const after = (await token(production, { grant_type: 'refresh_token', refresh_token: before.refresh_token }).expect(200)).body
    expect(after.access_token).toMatch(/^eyJ/)
    expect((await token(production, { grant_type: 'refresh_token', refresh_token: after.refresh_token })).status).toBe(200)
    await anna.call('put', pathOf(application), { name, throttlingPolicy, tokenType: 'OAUTH' }).expect(200)
    expect((await token(sandbox).expect(200)).body.access_token).toMatch(/^jat_/)
    expect(await isActive(production, after.access_token)).toBe(true)
  })

  it('change their kind by nothing else that a request may say', async () => {
    const application = await create()
    const key = await generate(application, { tokenType: 'OAUTH', token_type_extension: 'Default' })
    expect(key.token.accessToken).toMatch(/^eyJ/)
    await anna.call('put', `${pathOf(application)}/oauth-keys/${key.keyMappingId}`, {
      tokenType: 'OAUTH',
      supportedGrantTypes: ['client_credentials'],
    })
    expect((await token(key, { grant_type: 'client_credentials', tokenType: 'OAUTH', token_type: 'OAUTH' }).expect(200)).body.access_token).toMatch(
      /^eyJ/,
    )
  })

  it('are deleted with their clients, and what these hold is refused', async () => {
    const application = await create()
    const [production, sandbox] = [await generate(application), await generate(application, { keyType: 'SANDBOX' })]
    const witness = await callerWith(jeton, 'introspect_any')
    const answer = await anna.call('delete', pathOf(application))
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '' })
    for (const key of [production, sandbox]) {
      expect((await token(key)).status).toBe(401)
      expect((await jeton.post('/oauth2/introspect', { token: key.token.accessToken }, witness.client).expect(200)).body).toEqual({ active: false })
    }
    expectPortalRefusal(await anna.call('get', pathOf(application)), 404)
    expectPortalRefusal(await anna.call('delete', pathOf(application)), 404)
  })

  it('lose a key whose client an operator deletes, and may get another', async () => {
    const application = await create()
    const key = await generate(application)
    await jeton.jeton.operations.clients.remove(key.consumerKey)
    expect((await anna.call('get', `${pathOf(application)}/oauth-keys`)).body.count).toBe(0)
    expectPortalRefusal(await anna.call('post', `${pathOf(application)}/oauth-keys/${key.keyMappingId}/generate-token`, {}), 404)
    await generate(application)
  })

  it('answer 405 with Allow, 413 and 415 in the form of the portal', async () => {
    const application = await create()
    const wrong = await anna.call('delete', APPLICATIONS)
    expectPortalRefusal(wrong, 405)
    expect(wrong.headers.allow).toBe('GET, HEAD, POST')
    expect((await anna.call('post', pathOf(application), {})).headers.allow).toBe('GET, HEAD, PUT, DELETE')
    expectPortalRefusal(await anna.call('post', APPLICATIONS, { name: 'x', throttlingPolicy: 'x', description: 'x'.repeat(64 * 1024) }), 413)
    const sent = request(jeton.jeton.app).post(APPLICATIONS).set('Authorization', `Bearer ${anna.token}`)
    expectPortalRefusal(await sent.set('Content-Type', 'application/xml').send('<a/>'), 415)
  })
})

describe('applications of the portal while the database is away', () => {
  it('are 503 with Retry-After', async () => {
    const failing = createFailingStores()
    const jeton = await startJeton({ wrapStores: failing.wrap })
    try {
      const manager = await callerWith(jeton, 'apim:app_manage')
      failing.fail()
      for (const answer of [
        await manager.call('get', APPLICATIONS),
        await manager.call('post', APPLICATIONS, { name: 'x', throttlingPolicy: 'x' }),
        await manager.call('delete', `${APPLICATIONS}/${NOBODY}`),
      ]) {
        expectPortalRefusal(answer, 503)
        expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      }
    } finally {
      await jeton.close()
    }
  })
})
