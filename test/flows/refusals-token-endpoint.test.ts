import request from 'supertest'
import { noFailureLimiter } from '../../src/adapters/memory/no-failure-limiter.js'
import { createEventLog } from '../../src/adapters/system/event-log.js'
import type { Settings } from '../../src/config/settings.js'
import { createSealer } from '../../src/keys/seal.js'
import { compose, type Jeton } from '../../src/main/compose/compose.js'
import { createCheapPasswords } from '../cheap-passwords.js'
import { claimsOf, SEALING_KEY } from '../http/forge-token.js'
import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, ISSUER, type JetonInProcess, startJeton } from './jeton-in-process.js'

const RESOURCE = 'https://api.test'
const OTHER_RESOURCE = 'https://billing.test'
const ALL_GRANTS = ['client_credentials', 'password', 'refresh_token']

describe.each(['memory', 'sqlite'] as const)('what the token endpoint refuses (%s)', (engine) => {
  let jeton: JetonInProcess
  let client: Credentials
  let other: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({
      grantTypes: ALL_GRANTS,
      scopes: 'read write openid revocation_feed introspect_any',
      audiences: [RESOURCE, OTHER_RESOURCE],
    })
    other = await jeton.createClient({ grantTypes: ALL_GRANTS, scopes: 'read' })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
    const disabled = await jeton.jeton.operations.users.create('gone', 'correct horse')
    await jeton.jeton.operations.users.disable(disabled.user.id)
  })
  afterAll(() => jeton.close())

  const token = (form: Record<string, string> | string, credentials = client) => jeton.post('/oauth2/token', form, credentials)
  const granted = async (form: Record<string, string> | string = {}, credentials = client) =>
    (await token(typeof form === 'string' ? form : { grant_type: 'client_credentials', ...form }, credentials).expect(200)).body
  const refresh = (refreshToken: string, form: Record<string, string> = {}, credentials = client) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...form }, credentials)

  describe('as a request', () => {
    it.each([
      ['a grant_type that stands twice', 'grant_type=client_credentials&grant_type=client_credentials'],
      ['an unknown parameter that stands twice', 'grant_type=client_credentials&x=1&x=2'],
      ['a scope that stands twice', 'grant_type=client_credentials&scope=read&scope=write'],
      ['a missing grant_type', 'scope=read'],
      ['a grant_type without a value', 'grant_type=&scope=read'],
      ['an empty body', ''],
      ['a grant_type in another case', 'GRANT_TYPE=client_credentials'],
      ['malformed percent-encoding', 'grant_type=client_credentials&x=%zz'],
      ['percent-encoding that is cut off', 'grant_type=client_credentials&x=%4'],
      ['percent-encoded bytes that are no UTF-8', 'grant_type=client_credentials&x=%ff%fe'],
      ['overlong UTF-8', 'grant_type=client_credentials&x=%c0%80'],
      ['half a surrogate pair', 'grant_type=client_credentials&x=%ed%a0%80'],
    ])('%s is invalid_request (RFC 6749 §3.2, §5.2)', async (_what, body) => {
      expectRefusal(await token(body), 400, 'invalid_request')
    })

    it.each([
      'authorization_code',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'CLIENT_CREDENTIALS',
      'client_credentials ',
      'client_credentials%00',
      'client_credentials%0a',
      'client_credentials%E2%80%8B',
      '__proto__',
      'constructor',
      '%00',
    ])('the grant_type %s is unsupported_grant_type (RFC 6749 §5.2)', async (grantType) => {
      expectRefusal(await token(`grant_type=${grantType}`), 400, 'unsupported_grant_type')
    })

    it('a parameter without a value counts as omitted (RFC 6749 §3.2)', async () => {
      expect((await granted('grant_type=client_credentials&scope=&resource=&x&=')).scope).toBe('read write openid')
    })

    it('a parameter that is not known is ignored, whatever its name (RFC 6749 §3.2)', async () => {
      const body = await granted('grant_type=client_credentials&__proto__=x&constructor=y&scope[]=admin&scope.x=admin&sub=root&%00=%00')
      expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'refresh_token', 'scope', 'token_type'])
      expect(claimsOf(body.access_token).sub).toBe(client.id)
    })

    it.each([
      ['+ is a space', 'grant_type=client_credentials&scope=read+write'],
      ['%20 is a space', 'grant_type=client_credentials&scope=read%20write'],
      ['a name may be percent-encoded', '%67rant_type=client_credentials&%73cope=read+write'],
    ])('%s (RFC 6749 Appendix B)', async (_what, body) => {
      expect((await granted(body)).scope).toBe('read write')
    })
  })

  describe('as a client', () => {
    it('a grant type that the client does not have is unauthorized_client (RFC 6749 §5.2)', async () => {
      const narrow = await jeton.createClient({ grantTypes: ['client_credentials'] })
      const password = { grant_type: 'password', username: 'anna', password: 'correct horse' }
      expectRefusal(await token(password, narrow), 400, 'unauthorized_client')
      expectRefusal(await refresh('x', {}, narrow), 400, 'unauthorized_client')
      expect(await granted({}, narrow)).not.toHaveProperty('refresh_token')
      const only = await jeton.createClient({ grantTypes: ['password'] })
      expectRefusal(await token({ grant_type: 'client_credentials' }, only), 400, 'unauthorized_client')
      expect(await granted(password, only)).not.toHaveProperty('refresh_token')
    })

    it('a grant type that is taken away is refused to tokens that were issued with it (RFC 6749 §6)', async () => {
      const shrinking = await jeton.createClient({})
      const pair = await granted({}, shrinking)
      await jeton.jeton.operations.clients.update(shrinking.id, { grantTypes: ['client_credentials'] })
      expectRefusal(await refresh(pair.refresh_token, {}, shrinking), 400, 'unauthorized_client')
    })
  })

  describe('as a scope', () => {
    it.each(['admin', 'read admin', 'READ', 'readwrite', 'apim:admin', 'jeton:admin'])(
      '%s, which the client does not have, is invalid_scope (RFC 6749 §3.3)',
      async (scope) => {
        expectRefusal(await token({ grant_type: 'client_credentials', scope }), 400, 'invalid_scope')
      },
    )

    it.each(['+', 'read++write', '+read', 'read+', 'read%09write', 'read%0awrite', 'read%00', '%22read%22', 'read%5c', 'r%C3%A9ad', 'read,write%7f'])(
      'the malformed %s is invalid_scope (RFC 6749 §3.3)',
      async (scope) => {
        expectRefusal(await token(`grant_type=client_credentials&scope=${scope}`), 400, 'invalid_scope')
      },
    )

    it("one of the server's own is granted only by name, and then the issuer is in the audience", async () => {
      expect((await granted()).scope).toBe('read write openid')
      const named = await granted({ scope: 'read revocation_feed' })
      expect(named.scope).toBe('read revocation_feed')
      expect(claimsOf(named.access_token).aud).toEqual([RESOURCE, OTHER_RESOURCE, ISSUER])
    })
  })

  describe('as a resource', () => {
    it('one or several of the client become the audience (RFC 8707 §2)', async () => {
      expect(claimsOf((await granted({ resource: RESOURCE })).access_token).aud).toBe(RESOURCE)
      const both = await granted(`grant_type=client_credentials&resource=${RESOURCE}&resource=${OTHER_RESOURCE}&resource=${RESOURCE}`)
      expect(claimsOf(both.access_token).aud).toEqual([RESOURCE, OTHER_RESOURCE])
    })

    it.each(['https://evil.test', 'api.test', '/relative', `${RESOURCE}#fragment`, `${RESOURCE}/`, 'HTTPS://API.TEST', ' ', '\0', ISSUER])(
      '%j is invalid_target (RFC 8707 §2)',
      async (resource) => {
        expectRefusal(await token({ grant_type: 'client_credentials', resource }), 400, 'invalid_target')
      },
    )

    it('one bad among good ones is invalid_target (RFC 8707 §2)', async () => {
      expectRefusal(await token(`grant_type=client_credentials&resource=${RESOURCE}&resource=https://evil.test`), 400, 'invalid_target')
    })

    it('beyond what was granted is invalid_target at a refresh (RFC 8707 §2.2)', async () => {
      const pair = await granted({ resource: RESOURCE })
      expectRefusal(await refresh(pair.refresh_token, { resource: OTHER_RESOURCE }), 400, 'invalid_target')
      expect(claimsOf((await refresh(pair.refresh_token, { resource: RESOURCE }).expect(200)).body.access_token).aud).toBe(RESOURCE)
    })
  })

  describe('as a user', () => {
    const form = { grant_type: 'password', username: 'anna', password: 'correct horse' }

    it('a missing username or password is invalid_request (RFC 6749 §4.3.2)', async () => {
      for (const missing of ['username', 'password']) expectRefusal(await token({ ...form, [missing]: '' }), 400, 'invalid_request')
    })

    it('an unknown user, a wrong password and a disabled user are invalid_grant in the same words (RFC 6749 §5.2)', async () => {
      const answers = [
        await token({ ...form, password: 'correct horse ' }),
        await token({ ...form, username: 'nobody' }),
        await token({ ...form, username: 'gone' }),
        await token({ ...form, username: 'anna\0' }),
        await token({ ...form, username: 'ANNA' }),
        await token({ ...form, username: 'x'.repeat(10_000) }),
      ]
      for (const answer of answers) expectRefusal(answer, 400, 'invalid_grant')
      expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
    })
  })

  describe('as a refresh token', () => {
    it('a missing one is invalid_request (RFC 6749 §6)', async () => {
      expectRefusal(await token({ grant_type: 'refresh_token' }), 400, 'invalid_request')
      expectRefusal(await token({ grant_type: 'refresh_token', refresh_token: '' }), 400, 'invalid_request')
    })

    it.each(['x', 'a.b.c', '..', '\0', 'jrt_', `jrt_${'A'.repeat(200)}`, 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(20_000), 'é€😀'])(
      'the malformed %# is invalid_grant (RFC 6749 §5.2)',
      async (value) => {
        expectRefusal(await refresh(value), 400, 'invalid_grant')
      },
    )

    it("another client's is invalid_grant, and stays good for its own (RFC 6749 §6, §10.4)", async () => {
      const pair = await granted()
      expectRefusal(await refresh(pair.refresh_token, {}, other), 400, 'invalid_grant')
      await refresh(pair.refresh_token).expect(200)
    })

    it('an access token in its place is invalid_grant (RFC 9068 §4, RFC 8725 §3.11)', async () => {
      expectRefusal(await refresh((await granted()).access_token), 400, 'invalid_grant')
      const opaque = await jeton.createClient({ tokenType: 'OAUTH' })
      expectRefusal(await refresh((await granted({}, opaque)).access_token, {}, opaque), 400, 'invalid_grant')
    })

    it('an old one is invalid_grant, and with it the whole grant (RFC 9700 §2.2.2, RFC 6749 §10.4)', async () => {
      const first = (await granted()).refresh_token
      const second = (await refresh(first).expect(200)).body.refresh_token
      const third = (await refresh(second).expect(200)).body.refresh_token
      expectRefusal(await refresh(first), 400, 'invalid_grant')
      expectRefusal(await refresh(third), 400, 'invalid_grant')
    })

    it('less scope may be asked for, more may not, and the grant keeps its own (RFC 6749 §6)', async () => {
      const pair = await granted({ scope: 'read write' })
      expectRefusal(await refresh(pair.refresh_token, { scope: 'read write openid' }), 400, 'invalid_scope')
      expectRefusal(await refresh(pair.refresh_token, { scope: 'revocation_feed' }), 400, 'invalid_scope')
      expectRefusal(await refresh(pair.refresh_token, { scope: 'read  write' }), 400, 'invalid_scope')
      const narrowed = (await refresh(pair.refresh_token, { scope: 'read' }).expect(200)).body
      expect(narrowed.scope).toBe('read')
      expect(claimsOf(narrowed.access_token).scope).toBe('read')
      expect((await refresh(narrowed.refresh_token).expect(200)).body.scope).toBe('read write')
    })
  })
})

describe('a grant type that is switched off', () => {
  it.each([
    ['client_credentials', { clientCredentialsGrant: false }, { grant_type: 'client_credentials' }],
    ['password', { passwordGrant: false }, { grant_type: 'password', username: 'anna', password: 'correct horse' }],
    ['refresh_token', { refreshTokenGrant: false }, { grant_type: 'refresh_token', refresh_token: 'x' }],
  ])('%s is unsupported_grant_type, and the metadata does not name it (RFC 6749 §5.2, RFC 8414 §2)', async (grantType, off, form) => {
    const jeton = await startJeton({ sealingKey: SEALING_KEY })
    const client = await jeton.createClient({ grantTypes: ALL_GRANTS })
    const { app } = await composeAgain(jeton, off)
    expectRefusal(await request(app).post('/oauth2/token').type('form').auth(client.id, client.secret).send(form), 400, 'unsupported_grant_type')
    const metadata = await request(app).get('/.well-known/oauth-authorization-server').expect(200)
    expect([...metadata.body.grant_types_supported].sort()).toEqual(ALL_GRANTS.filter((one) => one !== grantType))
    await jeton.close()
  })
})

/** Another process on the same stores, with other settings. */
async function composeAgain({ stores, settings }: JetonInProcess, oauth: Partial<Settings['oauth']>): Promise<Jeton> {
  const log = createEventLog({ level: 'silent' })
  const resources = {
    stores,
    sealer: createSealer([SEALING_KEY]),
    clock: new StillClock(),
    log,
    passwords: createCheapPasswords(),
    clientFailures: noFailureLimiter,
    userFailures: noFailureLimiter,
  }
  const jeton = compose({ settings: { ...settings, oauth: { ...settings.oauth, ...oauth } }, issuer: ISSUER, version: '0.0.0' }, resources)
  await jeton.prepare()
  return jeton
}
