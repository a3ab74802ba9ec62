import { Validator } from '@seriousme/openapi-schema-validator'
import request, { type Response } from 'supertest'
import { BINARY_TYPE } from '../../src/verification/binary-snapshot.js'
import { type ApiCaller, callerWith, userWith } from '../flows/api-calls.js'
import { type Credentials, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'
import { createDocumentCheck, type DocumentCheck, operationsOf } from './document-check.js'

const PORTAL = '/api/am/devportal/v3'
const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'
const ADMIN = '/admin/v1/revocations'
const REVOKED_JWT = '/internal/data/v1/revokedjwt'

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly stack: readonly { readonly method?: string }[] }
  readonly handle: { readonly stack?: readonly Layer[] }
}

/** What Express was told, as `GET /path/{name}`. */
function routesOf(stack: readonly Layer[]): readonly string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return routesOf(handle.stack ?? [])
    const methods = new Set(route.stack.flatMap(({ method }) => method ?? []))
    return [route.path].flat().flatMap((path) => [...methods].map((method) => `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`))
  })
}

describe('the OpenAPI document', () => {
  let jeton: JetonInProcess
  let document: Readonly<Record<string, unknown>>
  let check: DocumentCheck
  let client: Credentials
  let manager: ApiCaller
  const problems: string[] = []

  beforeAll(async () => {
    jeton = await startJeton({ toml: '[oauth.rate_limit]\nenable = false\n[apim.event_hub]\nusername = "g"\npassword = "p"' })
    document = (await jeton.get('/openapi.json').expect(200)).body
    check = createDocumentCheck(document)
    client = await jeton.createClient({ scopes: 'read revocation_feed' })
    manager = await callerWith(jeton, 'apim:app_manage')
  })
  afterAll(() => jeton.close())

  async function look(sent: PromiseLike<Response>): Promise<Response> {
    const answer = await sent
    problems.push(...check.problemsOf(answer))
    return answer
  }

  it('is good OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0')
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
    expect((await new Validator().validate({ ...document, info: {} })).valid).toBe(false)
  })

  it('has every route, and no other', () => {
    const { stack } = (jeton.jeton.app as unknown as { router: { stack: readonly Layer[] } }).router
    expect([...operationsOf(document)].sort()).toEqual([...routesOf(stack)].sort())
  })

  it('names in its references only what it has', () => {
    const { schemas } = document.components as { schemas: object }
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name)
    expect([...new Set(named)].sort()).toEqual(Object.keys(schemas).sort())
  })

  it('says what the OAuth endpoints answer', async () => {
    const { body: pair } = await look(jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'read revocation_feed' }, client))
    await look(jeton.post('/token', { grant_type: 'refresh_token', refresh_token: pair.refresh_token }, client))
    await look(jeton.post('/oauth2/introspect', { token: pair.access_token }, client))
    await look(jeton.post('/oauth2/introspect', { token: 'x' }, client))
    await look(jeton.post('/oauth2/introspect', { token: pair.access_token }))
    await look(jeton.post('/oauth2/token', { grant_type: 'x' }, client))
    await look(jeton.post('/oauth2/token', {}, { ...client, secret: 'wrong' }))
    await look(jeton.post('/oauth2/token', 'x').set('Content-Type', 'text/plain'))
    await look(jeton.post('/oauth2/token', 'x'.repeat(70_000), client))
    const user = await userWith(jeton, 'anna', 'openid')
    await look(user.call('get', '/oauth2/userinfo'))
    await look(manager.call('get', '/oauth2/userinfo'))
    for (const path of ['/oauth2/jwks', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/oauth2/userinfo'])
      await look(jeton.get(path))
    await look(jeton.post('/oauth2/revoke', { token: 'x' }, client))
    await look(jeton.post('/revoke', {}, client))
    await look(jeton.post('/revoke', { token: 'x' }, client))
    expect(problems).toEqual([])
  })

  it('says what gateways, probes and operators are answered', async () => {
    const { body: pair } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'revocation_feed' }, client)
    const admin = await callerWith(jeton, 'jeton:admin')
    const { body } = await look(admin.call('post', ADMIN, { kind: 'grant', id: 'g' }))
    await look(admin.call('post', ADMIN, { kind: 'client', id: manager.client.id }))
    await look(admin.call('post', ADMIN, { kind: 'x' }))
    await look(admin.call('post', ADMIN, { kind: 'client', id: 'nobody' }))
    await look(manager.call('post', ADMIN, { kind: 'all' }))
    await look(request(jeton.jeton.app).post(ADMIN).send({}))
    const snapshot = await look(jeton.get('/revocations/snapshot', pair.access_token))
    await look(jeton.get('/revocations/snapshot', pair.access_token).set('Accept', 'application/x-ndjson'))
    await look(jeton.get('/revocations/snapshot', pair.access_token).set('Accept', BINARY_TYPE))
    await look(jeton.get('/revocations/snapshot', pair.access_token).set('Accept', 'image/png'))
    await look(jeton.get('/revocations/digests', pair.access_token))
    const { epoch } = snapshot.body
    await look(jeton.get(`/revocations/changes?wait=1&since=${epoch}:${body.seq - 1}`, pair.access_token))
    await look(jeton.get('/revocations/changes?wait=1&since=1:1', pair.access_token))
    await look(jeton.get('/revocations/changes?wait=x&since=1:1', pair.access_token))
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/revocations/snapshot', '/revocations/digests'])
      await look(jeton.get(path))
    await jeton.runJob('wso2 revoked')
    const gateway = () => jeton.get(REVOKED_JWT).set('Authorization', `Basic ${Buffer.from('g:p').toString('base64')}`)
    await look(gateway())
    await look(gateway().query({ limit: 1 }))
    await look(gateway().query({ limit: 0 }))
    await look(jeton.get(REVOKED_JWT))
    manager = await callerWith(jeton, 'apim:app_manage')
    expect(problems).toEqual([])
  })

  it('says what the registration of clients answers', async () => {
    const wish = { client_name: 'x', redirect_uris: ['https://a.example/'], scope: 'read', ext_user_token_lifetime: 60 }
    const { body } = await look(manager.call('post', REGISTER, wish))
    await look(manager.call('post', REGISTER, { ext_public_client: true, token_type_extension: 'Default' }))
    const path = `${REGISTER}/${body.client_id}`
    await look(manager.call('get', path))
    await look(manager.call('put', path, { client_name: 'y' }))
    await look(manager.call('put', path, { redirect_uris: ['x'] }))
    await look(manager.call('post', REGISTER, { redirect_uris: ['x'] }))
    await look(manager.call('post', REGISTER, { client_name: 'x'.repeat(70_000) }))
    await look(manager.call('get', `${REGISTER}/nobody`))
    await look((await callerWith(jeton, 'read')).call('get', path))
    await look(manager.call('delete', path))
    expect(problems).toEqual([])
  })

  it('says what the portal answers', async () => {
    const { body: application } = await look(
      manager.call('post', `${PORTAL}/applications`, { name: 'x', throttlingPolicy: 'y', attributes: { a: 'b' }, description: 'z' }),
    )
    const path = `${PORTAL}/applications/${application.applicationId}`
    await look(manager.call('post', `${PORTAL}/applications`, { name: 'x', throttlingPolicy: 'y' }))
    await look(manager.call('post', `${PORTAL}/applications`, {}))
    await look(manager.call('get', `${PORTAL}/applications?limit=1`))
    await look(manager.call('get', `${PORTAL}/applications?limit=x`))
    await look(manager.call('get', path))
    await look(manager.call('put', path, { name: 'x', throttlingPolicy: 'y', tokenType: 'OAUTH' }))
    const wish = {
      keyType: 'PRODUCTION',
      grantTypesToBeSupported: ['client_credentials'],
      callbackUrl: 'https://a.example/',
      additionalProperties: { refresh_token_expiry_time: 100 },
    }
    const { body: key } = await look(manager.call('post', `${path}/generate-keys`, wish))
    await look(manager.call('post', `${path}/generate-keys`, wish))
    await look(manager.call('post', `${path}/generate-keys`, {}))
    await look(manager.call('get', `${path}/oauth-keys`))
    await look(manager.call('get', `${path}/oauth-keys/x`))
    const keyPath = `${path}/oauth-keys/${key.keyMappingId}`
    await look(manager.call('get', keyPath))
    await look(manager.call('put', keyPath, { supportedGrantTypes: ['client_credentials'] }))
    await look(manager.call('post', `${keyPath}/regenerate-secret`))
    await look(manager.call('post', `${keyPath}/generate-token`, {}))
    await look(manager.call('post', `${keyPath}/generate-token`, { consumerSecret: 'wrong' }))
    await look((await callerWith(jeton, 'read')).call('get', path))
    await look(manager.call('delete', path))
    await look(manager.call('get', path))
    expect(problems).toEqual([])
  })

  it('was held against every operation, with a success of each', () => {
    const successes = [...check.seen].filter(([, statuses]) => [...statuses].some((status) => status < 300)).map(([operation]) => operation)
    expect(operationsOf(document).filter((operation) => !successes.includes(operation))).toEqual([])
  })

  it('would be found to be wrong: an answer with a field that it does not name', async () => {
    const answer = await jeton.get('/healthz')
    const forged = Object.create(answer, { body: { value: { status: 'ok', more: true } } })
    expect(check.problemsOf(forged)).toEqual([expect.stringContaining('must NOT have additional properties')])
  })
})
