import { compactJws, SEALING_KEY, signingKeyOf } from '../http/forge-token.js'
import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, ISSUER, type JetonInProcess, startJeton } from './jeton-in-process.js'

describe.each(['JWT', 'OAUTH'] as const)('what the revocation endpoint refuses (%s)', (tokenType) => {
  const clock = new StillClock()
  let jeton: JetonInProcess
  let client: Credentials
  let other: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ clock, sealingKey: SEALING_KEY, toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({ tokenType })
    other = await jeton.createClient()
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  })
  afterAll(() => jeton.close())

  const pair = async (credentials = client) => (await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, credentials).expect(200)).body
  const revoke = (form: Record<string, string> | string, credentials?: Credentials) => jeton.post('/oauth2/revoke', form, credentials)
  const isActive = async (token: string, credentials = client) =>
    (await jeton.post('/oauth2/introspect', { token }, credentials).expect(200)).body.active as boolean
  const log = () => jeton.stores.revocations.since(0, 1000)

  /** Asserts that the answer is the one to a success, and that nothing was revoked. */
  async function expectNoEffect(token: string, form: Record<string, string> = {}): Promise<void> {
    const before = await log()
    const answer = await revoke({ token, ...form }, client).expect(200)
    expect(answer.text).toBe('')
    expect(await log()).toEqual(before)
  }

  it.each([
    'x',
    'a.b.c',
    '...',
    '\0',
    'é€😀',
    `jat_${'A'.repeat(43)}`,
    `jrt_${'A'.repeat(120)}`,
    'eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJqdGkiOiJ4In0.',
    'x'.repeat(30_000),
    '; DROP TABLE JETON_REVOCATION',
  ])('the malformed or unknown token %# is 200 without effect (RFC 7009 §2.2)', async (token) => {
    await expectNoEffect(token)
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) await expectNoEffect(token, { token_type_hint: hint })
  })

  it('a token that is forged or of another issuer is 200 without effect (RFC 7009 §2.2)', async () => {
    const good = await pair()
    const claims = { iss: ISSUER, sub: client.id, aud: ISSUER, client_id: client.id, scope: '', aut: 'APPLICATION', jti: 'forged' }
    const times = { iat: clock.now(), exp: clock.now() + 60, grant_iat: clock.now(), grant_id: 'g' }
    const [access, refresh] = [await signingKeyOf(jeton, 'access', clock.now()), await signingKeyOf(jeton, 'refresh', clock.now())]
    const header = { alg: access.algorithm, kid: access.keyId, typ: 'at+jwt' }
    await expectNoEffect(compactJws(header, { ...claims, ...times, iss: 'https://other.test' }, access.sign))
    await expectNoEffect(compactJws(header, { ...claims, ...times }, () => 'A'.repeat(86)))
    await expectNoEffect(compactJws({ ...header, kid: refresh.keyId, alg: 'HS256' }, { ...claims, ...times }, refresh.sign))
    await expectNoEffect(`${good.access_token.slice(0, -8)}AAAAAAAA`)
    await expectNoEffect(`${good.refresh_token.slice(0, -8)}AAAAAAAA`)
    expect(await isActive(good.access_token)).toBe(true)
  })

  it('a token that has expired is 200 without effect (RFC 7009 §2.2)', async () => {
    const old = await pair()
    clock.advance(old.expires_in)
    await jeton.runJob('poll')
    await expectNoEffect(old.access_token)
    clock.advance(jeton.settings.lifetimes.refreshToken)
    await jeton.runJob('poll')
    await expectNoEffect(old.refresh_token)
  })

  it('a token that is revoked already is 200 without another effect (RFC 7009 §2.2)', async () => {
    const { access_token: access, refresh_token: refresh } = await pair()
    await revoke({ token: access }, client).expect(200)
    await expectNoEffect(access)
    await revoke({ token: refresh }, client).expect(200)
    await expectNoEffect(refresh)
  })

  it("another client's token is unauthorized_client, without effect (RFC 7009 §2.1)", async () => {
    const theirs = await pair()
    const before = await log()
    for (const token of [theirs.access_token, theirs.refresh_token]) {
      for (const hint of ['', 'access_token', 'refresh_token']) {
        expectRefusal(await revoke({ token, token_type_hint: hint }, other), 400, 'unauthorized_client')
      }
    }
    expect(await log()).toEqual(before)
    expect(await isActive(theirs.access_token)).toBe(true)
  })

  it('a token that is missing, empty or there twice is invalid_request (RFC 7009 §2.1, RFC 6749 §3.2)', async () => {
    const { access_token: token } = await pair()
    for (const form of ['', 'token=', 'token', 'token_type_hint=access_token', `token=${token}&token=${token}`]) {
      expectRefusal(await revoke(form, client), 400, 'invalid_request')
    }
    expect(await isActive(token)).toBe(true)
  })

  it('who is no client is invalid_client, and revokes nothing (RFC 7009 §2.1)', async () => {
    const { access_token: token } = await pair()
    for (const credentials of [undefined, { ...client, secret: 'wrong' }, { ...client, id: 'unknown' }]) {
      expectRefusal(await revoke({ token }, credentials), 401, 'invalid_client')
    }
    expectRefusal(await revoke({ token, client_id: client.id }), 401, 'invalid_client')
    expect(await isActive(token)).toBe(true)
  })

  it.each(['access_token', 'refresh_token', 'nonsense', ''])('the hint %j is only a hint: either token is found (RFC 7009 §2.1)', async (hint) => {
    const first = await pair()
    await revoke({ token: first.access_token, token_type_hint: hint }, client).expect(200)
    expect(await isActive(first.access_token)).toBe(false)
    await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token }, client).expect(200)
    const second = await pair()
    await revoke({ token: second.refresh_token, token_type_hint: hint }, client).expect(200)
    expect(await isActive(second.access_token)).toBe(false)
    expectRefusal(
      await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: second.refresh_token }, client),
      400,
      'invalid_grant',
    )
  })

  it('a public client revokes its own token with its id alone (RFC 7009 §5)', async () => {
    const { id } = await jeton.createClient({ tokenType, isPublic: true, grantTypes: ['password', 'refresh_token'] })
    const form = { grant_type: 'password', username: 'anna', password: 'correct horse', client_id: id }
    const own = (await jeton.post('/oauth2/token', form).expect(200)).body
    expectRefusal(await revoke({ token: (await pair()).access_token, client_id: id }), 400, 'unauthorized_client')
    await revoke({ token: own.refresh_token, client_id: id }).expect(200)
    const refresh = { grant_type: 'refresh_token', refresh_token: own.refresh_token, client_id: id }
    expectRefusal(await jeton.post('/oauth2/token', refresh), 400, 'invalid_grant')
  })

  it('headers with revoked tokens are not in the answer unless they are turned on', async () => {
    const answer = await revoke({ token: (await pair()).refresh_token }, client).expect(200)
    for (const header of ['revokedaccesstoken', 'revokedrefreshtoken', 'authorizeduser']) expect(answer.headers).not.toHaveProperty(header)
  })
})
