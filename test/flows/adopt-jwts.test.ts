import { createHmac, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseImportedKeys } from '../../src/keys/imported-key.js'
import { describeOnEngines, type ServerEngine } from './server-engine.js'
import { type AdoptedJeton, startAdopted, WSO2_APPS } from './wso2-database.js'

const { plain, event, jwt } = WSO2_APPS
const CERTIFICATE = readFileSync('test/fixtures/wso2/signing.crt', 'utf8')
const PRIVATE_KEY = createPrivateKey(readFileSync('test/fixtures/wso2/signing.key', 'utf8'))
/** As WSO2 makes them of the certificate: the digits of a thumbprint, encoded. Reckoned by other means than this project's. */
const KID = 'MTMzYmYyNmMxYTA0OWIxNTQwNmQ4NWM5OTFkZGZlNGYxNWQ1N2E5MDI2MGYzOTVjZGVlNGFjNGMzMjgyN2M5NA_RS256'
const OLD_KID = 'NGUxYjc3NDBhMmNjNDQ5YWU5ZDQ3ODY2MTQ5M2VhNmY1NTQ0NzMyZg'
const WSO2_ISSUER = 'https://am.example:9443/oauth2/token'
const REVOKED_USER = 'aaaaaaaa-1111-4111-8111-000000000001'

type App = { readonly id: string; readonly secret: string }
type Claims = Readonly<Record<string, unknown>>

const now = (): number => Math.floor(Date.now() / 1000)
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(claims: Claims, header: Claims = {}): string {
  const input = `${encode({ kid: KID, x5t: KID.slice(0, 86), typ: 'at+jwt', alg: 'RS256', ...header })}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), PRIVATE_KEY).toString('base64url')}`
}

let lastId = 0
const accessClaims = (app: App, changes: Claims = {}): Claims => ({
  sub: 'peter',
  aut: 'APPLICATION_USER',
  iss: WSO2_ISSUER,
  client_id: app.id,
  aud: app.id,
  nbf: now() - 60,
  azp: app.id,
  scope: 'openid read',
  exp: now() + 3000,
  iat: now() - 60,
  jti: `jti-${++lastId}`,
  entity_id: 'bbbbbbbb-2222-4222-8222-000000000001',
  is_federated: false,
  ...changes,
})
const refreshClaims = (app: App, changes: Claims = {}): Claims => {
  const { scope, aut, nbf, ...rest } = accessClaims(app)
  return { ...rest, aud: WSO2_ISSUER, rt_scope: scope, token_type: 'refresh_token', exp: now() + 80_000, ...changes }
}
const refreshToken = (app: App, changes: Claims = {}): string => token(refreshClaims(app, changes), { typ: 'rt+jwt' })

/** WSO2's self-validating tokens go on, by its own certificate and its own rules. */
await describeOnEngines('JWTs of the server that was taken over', ['postgresql', 'mysql'], (engine) => {
  let jeton: AdoptedJeton
  beforeAll(async () => {
    jeton = await startAdopted(engine as ServerEngine, { toml: `[oauth.adopted]\nissuers = ["${WSO2_ISSUER}"]\n` })
    await jeton.jeton.operations.keys.import(parseImportedKeys(CERTIFICATE, undefined), undefined)
  }, 60_000)
  afterAll(() => jeton.close())

  const introspect = async (value: string, app: App = plain) => (await jeton.post('/oauth2/introspect', { token: value }, app).expect(200)).body
  const refresh = async (value: string, app: App = plain) => jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: value }, app)
  const timeOf = async (table: string, id: string): Promise<number> => {
    const seconds = engine === 'postgresql' ? 'FLOOR(EXTRACT(EPOCH FROM TIME_REVOKED))' : 'UNIX_TIMESTAMP(TIME_REVOKED)'
    const [found] = await jeton.wso2.sql(`SELECT ${seconds} AS t FROM ${table} WHERE EVENT_ID = '${id}'`)
    return Number(found?.t)
  }

  it('have their key published under the name that WSO2 gives it, beside the keys that sign here', async () => {
    const { keys } = (await jeton.get('/oauth2/jwks').expect(200)).body
    expect(keys.find((key: Claims) => key.kid === KID)).toEqual({
      kty: 'RSA',
      n: expect.any(String),
      e: 'AQAB',
      x5t: expect.any(String),
      'x5t#S256': expect.any(String),
      kid: KID,
      alg: 'RS256',
      use: 'sig',
    })
    expect(keys.length).toBeGreaterThan(1)
    const listed = (await jeton.jeton.operations.keys.list()).find((key) => key.keyId === KID)
    expect(listed).toMatchObject({ use: 'access', state: 'retiring', algorithm: 'RS256', retiresAt: expect.any(Number) })
    expect(listed?.retiresAt).toBeGreaterThan(now() + 172_700)
  })

  it.each([
    ['at+jwt', {}],
    ['JWT', { typ: 'JWT' }],
    ['jwt', { typ: 'jwt' }],
    ['none', { typ: undefined }],
    ['at+jwt, and the name of the key of an older version', { kid: OLD_KID }],
  ])('introspect where their typ is %s', async (_name, header) => {
    const claims = accessClaims(plain)
    expect(await introspect(token(claims, header))).toEqual({
      active: true,
      iss: WSO2_ISSUER,
      sub: 'peter',
      aud: plain.id,
      client_id: plain.id,
      scope: 'openid read',
      exp: claims.exp,
      iat: claims.iat,
      jti: claims.jti,
      token_type: 'Bearer',
      aut: 'APPLICATION_USER',
      username: 'peter',
    })
  })

  it('introspect where the scope is a list, the client is only in azp, and the issuer is the one here', async () => {
    const { client_id: _client, ...claims } = accessClaims(plain, { scope: ['read', 'write'], iss: 'https://jeton.test' })
    expect(await introspect(token(claims))).toMatchObject({ active: true, client_id: plain.id, scope: 'read write' })
  })

  it('tell who the user is, and open nothing of this server by a scope of its name', async () => {
    const answer = await jeton.get('/oauth2/userinfo', token(accessClaims(plain))).expect(200)
    expect(answer.body).toEqual({ sub: 'peter', preferred_username: 'peter' })
    const greedy = token(accessClaims(plain, { scope: 'revocation_feed introspect_any jeton:admin read', aud: ['https://jeton.test'] }))
    await jeton.get('/revocations/snapshot', greedy).expect(403)
    expect((await introspect(greedy)).scope).toBe('read')
  })

  it.each([
    ['is expired', () => token(accessClaims(plain, { exp: now() - 1 }))],
    ['is not valid yet', () => token(accessClaims(plain, { nbf: now() + 100 }))],
    ['lives longer than any that was ever in force', () => token(accessClaims(plain, { exp: now() + 100_000 }))],
    ['is of another issuer', () => token(accessClaims(plain, { iss: 'https://other.example' }))],
    ['names two clients', () => token(accessClaims(plain, { azp: event.id }))],
    ['is an ID token', () => token({ ...accessClaims(plain, { nonce: 'n', at_hash: 'h', aut: undefined }) }, { typ: 'JWT' })],
    ['is an ID token that has everything else', () => token(accessClaims(plain, { at_hash: 'h' }), { typ: 'JWT' })],
    ['is a refresh token', () => refreshToken(plain)],
    ['is a refresh token that says it is an access token', () => token(refreshClaims(plain, { aut: 'APPLICATION_USER', scope: 'read' }))],
    ['names another key', () => token(accessClaims(plain), { kid: 'another' })],
    ['has another algorithm', () => token(accessClaims(plain), { alg: 'RS512' })],
    ['is not signed', () => token(accessClaims(plain), { alg: 'none' })],
    ['is of another type', () => token(accessClaims(plain), { typ: 'dpop+jwt' })],
    ['has been changed', () => token(accessClaims(plain)).replace(/\.[^.]+\./, `.${encode(accessClaims(plain, { sub: 'admin' }))}.`)],
    [
      'is signed with the public key as a secret',
      () => {
        const input = `${encode({ kid: KID, typ: 'at+jwt', alg: 'HS256' })}.${encode(accessClaims(plain))}`
        return `${input}.${createHmac('sha256', CERTIFICATE).update(input).digest('base64url')}`
      },
    ],
    ['was revoked in API Manager', () => token(accessClaims(plain, { jti: 'jti-revoked-in-api-manager' }))],
    ['was revoked in Identity Server', () => token(accessClaims(plain, { jti: 'jti-revoked-in-identity-server' }))],
    ['was revoked at the gateways', () => token(accessClaims(plain, { jti: 'jti-known-to-gateways' }))],
    ['was stored and is not there any more', () => token(accessClaims(plain, { entity_id: undefined }))],
    ['was stored and revoked', () => token(accessClaims(jwt, { entity_id: undefined, jti: '44444444-dddd-4ddd-8ddd-000000000002' }))],
    ['was stored for another application', () => token(accessClaims(plain, { entity_id: undefined, jti: '44444444-dddd-4ddd-8ddd-000000000001' }))],
    [
      'is of a user all of whose tokens were revoked',
      () => token(accessClaims(plain, { entity_id: REVOKED_USER, iat: now() - 600, nbf: now() - 600 })),
    ],
    ['is of an application all of whose tokens were revoked', () => token(accessClaims(event, { iat: now() - 600 }))],
    ['is of an application that was deleted', () => token(accessClaims({ id: 'KeyOfADeletedApplication', secret: '' }, { iat: now() - 600 }))],
  ])('are refused where one %s', async (_name, make) => {
    const value = make()
    for (const app of [plain, event, jwt]) expect(await introspect(value, app)).toEqual({ active: false })
    await jeton.get('/oauth2/userinfo', value).expect(401)
  })

  it('that were stored are good as long as their row is', async () => {
    const stored = token(accessClaims(jwt, { entity_id: undefined, jti: '44444444-dddd-4ddd-8ddd-000000000001', sub: 'nina' }))
    expect(await introspect(stored, jwt)).toMatchObject({ active: true, sub: 'nina', username: 'nina' })
  })

  it('are hit by an event up to its second, and not after it', async () => {
    const application = await timeOf('IDN_APP_REVOKED_EVENT', '88888888-0000-4000-8000-000000000001')
    const user = await timeOf('IDN_SUBJECT_ENTITY_REVOKED_EVENT', '99999999-0000-4000-8000-000000000001')
    const ofApplication = (iat: number) => introspect(token(accessClaims(event, { iat })), event)
    const ofUser = (iat: number) => introspect(token(accessClaims(plain, { iat, entity_id: REVOKED_USER })))
    expect([(await ofApplication(application)).active, (await ofApplication(application + 1)).active]).toEqual([false, true])
    expect([(await ofUser(user)).active, (await ofUser(user + 1)).active]).toEqual([false, true])
  })

  it('are revoked here', async () => {
    const value = token(accessClaims(plain))
    expect((await introspect(value)).active).toBe(true)
    expect((await jeton.post('/oauth2/revoke', { token: value }, event)).body.error).toBe('unauthorized_client')
    await jeton.post('/oauth2/revoke', { token: value }, plain).expect(200)
    expect(await introspect(value)).toEqual({ active: false })
  })

  it('exchange a refresh token once, and end the grant when it is replayed', async () => {
    const value = refreshToken(plain)
    const first = await refresh(value)
    expect([first.status, first.body.scope]).toEqual([200, 'openid read'])
    expect(await introspect(first.body.access_token)).toMatchObject({ active: true, sub: 'peter', aut: 'APPLICATION_USER', aud: plain.id })
    expect((await refresh(value)).body.refresh_token).toBe(first.body.refresh_token)
    const second = await refresh(first.body.refresh_token)
    expect(second.status).toBe(200)
    const replay = await refresh(value)
    expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant'])
    expect(await introspect(second.body.access_token)).toEqual({ active: false })
  })

  it.each([
    ['that was revoked', () => refreshToken(plain, { jti: 'jti-revoked-in-api-manager' }), plain],
    ['that is expired', () => refreshToken(plain, { exp: now() - 1 }), plain],
    ['of another application', () => refreshToken(event), plain],
    ['of a user all of whose tokens were revoked', () => refreshToken(plain, { entity_id: REVOKED_USER, iat: now() - 600 }), plain],
    ['of an application all of whose tokens were revoked', () => refreshToken(event, { iat: now() - 600 }), event],
    ['of another issuer', () => refreshToken(plain, { iss: 'https://other.example', aud: 'https://other.example' }), plain],
    ['that is for somebody else', () => refreshToken(plain, { aud: 'https://other.example' }), plain],
    ['that is an access token', () => token(accessClaims(plain)), plain],
    ['that only says it is a refresh token', () => token(accessClaims(plain), { typ: 'rt+jwt' }), plain],
  ])('refuse a refresh token %s', async (_name, make, app) => {
    const answer = await refresh(make(), app)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  })

  it('end a grant whose refresh token is revoked', async () => {
    const value = refreshToken(plain)
    await jeton.post('/oauth2/revoke', { token: value }, plain).expect(200)
    expect((await refresh(value)).body.error).toBe('invalid_grant')
  })

  it('end with their key', async () => {
    const { keys } = jeton.jeton.operations
    expect(await keys.import(parseImportedKeys(CERTIFICATE, undefined), undefined)).toEqual([KID])
    expect((await keys.list()).filter((key) => key.keyId === KID)).toHaveLength(1)
    const other = JSON.stringify({ kty: 'RSA', kid: KID, n: Buffer.alloc(256, 0xa5).toString('base64url'), e: 'AQAB' })
    await expect(keys.import(parseImportedKeys(other, undefined), undefined)).rejects.toMatchObject({ code: 'already_exists' })
    const value = token(accessClaims(plain))
    expect((await introspect(value)).active).toBe(true)
    await keys.retire(KID as never, true)
    expect(await introspect(value)).toEqual({ active: false })
    await expect(keys.import(parseImportedKeys(CERTIFICATE, undefined), undefined)).rejects.toMatchObject({ code: 'key_retired' })
  })
})
