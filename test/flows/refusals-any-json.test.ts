import fc from 'fast-check'
import { type ApiCaller, callerWith } from './api-calls.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

const PORTAL = '/api/am/devportal/v3/applications'
const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'

const NAMES = [
  ...[
    'name',
    'throttlingPolicy',
    'description',
    'tokenType',
    'attributes',
    'keyType',
    'grantTypesToBeSupported',
    'supportedGrantTypes',
    'callbackUrl',
  ],
  ...['scopes', 'additionalProperties', 'refresh_token_expiry_time', 'bypassClientCredentials', 'consumerSecret', 'revokeToken', 'keyManager'],
  ...['client_name', 'redirect_uris', 'grant_types', 'scope', 'token_endpoint_auth_method', 'ext_user_token_lifetime', 'ext_public_client'],
  ...['kind', 'id', '__proto__', 'constructor', 'toString'],
]
const WORDS = ['JWT', 'OAUTH', 'PRODUCTION', 'client_credentials', 'https://a.example/', 'x', 'N/A', '\u0000', '\ud800', '’', 'subject', 'client']

const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 300 }))
const value = fc.oneof(
  word,
  fc.array(word, { maxLength: 4 }),
  fc.dictionary(fc.constantFrom(...NAMES), word, { maxKeys: 4 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
)
const body = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 10 })

await describeOnEngines('any JSON at all', ['memory', 'postgresql'], (engine) => {
  let jeton: JetonInProcess
  let caller: ApiCaller
  let paths: readonly (readonly [ApiCaller, 'post' | 'put', string])[]
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    caller = await callerWith(jeton, 'apim:app_manage')
    const admin = await callerWith(jeton, 'jeton:admin')
    const { body: application } = await caller.call('post', PORTAL, { name: 'a', throttlingPolicy: 'b' }).expect(201)
    const path = `${PORTAL}/${application.applicationId}`
    const wish = { keyType: 'PRODUCTION', grantTypesToBeSupported: ['client_credentials'] }
    const { body: key } = await caller.call('post', `${path}/generate-keys`, wish).expect(200)
    const { body: client } = await caller.call('post', REGISTER, {}).expect(201)
    paths = [
      [caller, 'post', PORTAL],
      [caller, 'put', path],
      [caller, 'post', `${path}/generate-keys`],
      [caller, 'put', `${path}/oauth-keys/${key.keyMappingId}`],
      [caller, 'post', `${path}/oauth-keys/${key.keyMappingId}/generate-token`],
      [caller, 'post', REGISTER],
      [caller, 'put', `${REGISTER}/${client.client_id}`],
      [admin, 'post', '/admin/v1/revocations'],
    ]
  }, 60_000)
  afterAll(() => jeton.close())

  it('is answered with less than 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), body, async (place, sent) => {
        const [who, method, path] = paths[place % paths.length] ?? ([caller, 'post', PORTAL] as const)
        const { status } = await who.call(method, path, JSON.stringify(sent))
        expect(status).toBeLessThan(500)
      }),
      { numRuns: 400 },
    )
  }, 120_000)

  it('in the place of an id, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 100 }), async (id) => {
        for (const path of [
          `${PORTAL}/${encodeURIComponent(id)}`,
          `${REGISTER}/${encodeURIComponent(id)}`,
          `${PORTAL}?query=${encodeURIComponent(id)}`,
        ])
          expect((await caller.call('get', path)).status).toBeLessThan(500)
      }),
      { numRuns: 100 },
    )
  }, 120_000)
})
