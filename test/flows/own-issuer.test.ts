import { decodeJwt } from 'jose'
import { ExtendedJwtTokenIssuer, type TokenContext } from '../../src/issuers/extended-jwt-token-issuer.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

/** Does what the scope asks for says. */
class Scripted extends ExtendedJwtTokenIssuer {
  readonly told: TokenContext[] = []
  isBroken = false

  override claims(context: TokenContext) {
    this.told.push(context)
    const { clientName, username, scopes } = context
    if (this.isBroken || scopes.includes('throw')) throw new Error('ldap://10.0.0.7 says no: secret=hunter2')
    if (scopes.includes('reject')) return Promise.reject(Object.assign(new Error('not found'), { status: 404 }))
    if (scopes.includes('hang')) return new Promise<never>(() => undefined)
    if (scopes.includes('usurp')) return { sub: 'root', scope: 'jeton:admin' }
    if (scopes.includes('noise')) return { noise: 1n }
    return Promise.resolve({ department: username === undefined ? undefined : `of ${username}`, app: clientName })
  }
}

describe('an issuer of the operator’s own', () => {
  let issuer: Scripted
  let jeton: JetonInProcess
  let client: Credentials
  beforeEach(async () => {
    issuer = new Scripted()
    jeton = await startJeton({ ownIssuer: { issuer, timeoutMs: 50 } })
    client = await jeton.createClient({
      name: 'shop',
      scopes: 'read throw reject hang usurp noise',
      grantTypes: ['client_credentials', 'password', 'refresh_token'],
    })
  })
  afterEach(() => jeton.close())

  const ask = (form: Record<string, string>, by = client) => jeton.post('/oauth2/token', form, by)
  const forItself = (scope: string) => ask({ grant_type: 'client_credentials', scope })
  const refresh = (token: string) => ask({ grant_type: 'refresh_token', refresh_token: token })
  const withoutId = ({ jti, iat, exp, ...rest }: Readonly<Record<string, unknown>>) => rest

  it('adds its claims to access tokens, and changes none of Jeton’s', async () => {
    const plain = await startJeton()
    const plainClient = await plain.createClient({ name: 'shop', scopes: 'read' })
    const { body: without } = await plain.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'read' }, plainClient)
    await plain.close()
    const { body } = await forItself('read').expect(200)
    const { app, ...claims } = decodeJwt(body.access_token)
    expect(app).toBe('shop')
    expect(Object.keys(claims)).toEqual(Object.keys(decodeJwt(without.access_token)))
    expect(decodeJwt(body.refresh_token)).not.toHaveProperty('app')
    const { body: introspected } = await jeton.post('/oauth2/introspect', { token: body.access_token }, client)
    expect(introspected).toMatchObject({ active: true, sub: client.id, scope: 'read' })
  })

  it('adds the same claims at every refresh, where it is told the name of the user too', async () => {
    await jeton.jeton.operations.users.create('anna', 'correct horse battery')
    const first = await ask({ grant_type: 'password', username: 'anna', password: 'correct horse battery', scope: 'read' }).expect(200)
    const second = await refresh(first.body.refresh_token).expect(200)
    expect(decodeJwt(first.body.access_token)).toMatchObject({ department: 'of anna', app: 'shop' })
    expect(withoutId(decodeJwt(second.body.access_token))).toEqual(withoutId(decodeJwt(first.body.access_token)))
    expect(issuer.told.map(({ grantType, username }) => [grantType, username])).toEqual([
      ['password', 'anna'],
      ['refresh_token', 'anna'],
    ])
  })

  it.each([
    ['throws', 'throw', '"message":"ldap://10.0.0.7 says no: secret=[redacted]"'],
    ['rejects', 'reject', '"message":"not found"'],
    ['never answers', 'hang', '"message":"took longer than 50 ms"'],
    ['gives claims of Jeton’s own', 'usurp', '"message":"the claims hold sub, scope: reserved"'],
    ['gives what is no JSON', 'noise', 'BigInt'],
  ])('that %s gets its client server_error without a word more, and the log its cause', async (_, scope, cause) => {
    const { body } = await forItself(scope).expect(500)
    expect(body).toEqual({ error: 'server_error', error_description: 'the server failed to answer' })
    const line =
      jeton
        .log()
        .split('\n')
        .find((one) => one.includes('request_failed')) ?? ''
    expect(JSON.parse(line)).toMatchObject({ level: 'error', cause: { name: 'IssuerFailed', message: expect.stringContaining(client.id) } })
    expect(line).toContain(cause)
  })

  it('that fails for one token fails for no other, and not for applications with opaque tokens', async () => {
    const opaque = await jeton.createClient({ tokenType: 'OAUTH', scopes: 'throw' })
    const answers = await Promise.all([
      forItself('hang'),
      forItself('read'),
      ask({ grant_type: 'client_credentials', scope: 'throw' }, opaque),
      forItself('throw'),
      forItself('read'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([500, 200, 200, 500, 200])
    expect(answers[2]?.body.access_token).toMatch(/^jat_/)
  })

  it('that fails at a refresh does not cost the client its refresh token', async () => {
    const first = await forItself('read').expect(200)
    issuer.isBroken = true
    await refresh(first.body.refresh_token).expect(500)
    await refresh(first.body.refresh_token).expect(500)
    issuer.isBroken = false
    await refresh(first.body.refresh_token).expect(200)
    expect(await jeton.stores.grants.find(String(decodeJwt(first.body.refresh_token).grant_id) as never)).toMatchObject({
      generation: 1,
      graceUses: 0,
    })
  })

  it('whose time is up is told so', async () => {
    await forItself('hang').expect(500)
    expect(issuer.told[0]?.signal.aborted).toBe(true)
    await forItself('read').expect(200)
    expect(issuer.told[1]?.signal.aborted).toBe(false)
  })
})
