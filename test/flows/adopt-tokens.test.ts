import { startJeton } from './jeton-in-process.js'
import { describeOnEngines, type ServerEngine } from './server-engine.js'
import { type AdoptedJeton, startAdopted, WSO2_APPS, wso2Access, wso2Refresh, wso2TokenId } from './wso2-database.js'

const { plain, hashed, oldHash, disabled, event, opaque, jwt } = WSO2_APPS
type App = { readonly id: string; readonly secret: string }

/** What WSO2 has issued goes on here, and what it has ended stays ended. */
await describeOnEngines('A database that was taken over', ['postgresql', 'mysql'], (engine) => {
  let jeton: AdoptedJeton
  beforeAll(async () => {
    jeton = await startAdopted(engine as ServerEngine)
  }, 60_000)
  afterAll(() => jeton.close())

  const introspect = async (token: string, app: App, hint?: string) =>
    (await jeton.post('/oauth2/introspect', { token, ...(hint && { token_type_hint: hint }) }, app).expect(200)).body
  const refresh = async (token: string, app: App) => jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, app)
  const revoke = (token: string, app: App) => jeton.post('/oauth2/revoke', { token }, app)
  const stateOf = async (place: number) => {
    const [row] = await jeton.wso2.sql(`SELECT TOKEN_STATE AS state FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID = '${wso2TokenId(place)}'`)
    return row?.state
  }

  it.each([
    ['in the clear', plain],
    ['hashed', hashed],
    ['hashed by a first version', oldHash],
  ])('lets an application authenticate whose secret is stored %s', async (_name, app) => {
    await jeton.post('/oauth2/introspect', { token: 'x' }, app).expect(200)
    const refused = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, { ...app, secret: `${app.secret}x` }).expect(401)
    expect(refused.body.error).toBe('invalid_client')
  })

  it('takes no hash for a secret, no disabled application, and no id in another case of letters', async () => {
    const [row] = await jeton.wso2.sql(`SELECT CONSUMER_SECRET AS secret FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = '${hashed.id}'`)
    for (const app of [{ ...hashed, secret: String(row?.secret) }, disabled, { ...plain, id: plain.id.toLowerCase() }]) {
      await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, app).expect(401)
    }
  })

  it.each([
    ['in the clear', 1, plain, { sub: 'alice', username: 'alice', scope: 'openid read write' }],
    ['hashed', 2, hashed, { sub: 'bob@carbon.super', username: 'SECOND.COM/bob', scope: 'openid read' }],
    ['hashed by a first version', 3, oldHash, { sub: 'admin', scope: 'default', aut: 'APPLICATION' }],
    ['hashed, written in the other order', 4, plain, { sub: 'carol', username: 'carol', scope: 'read' }],
    ['without a hash', 5, plain, { sub: 'dave', username: 'dave', scope: 'read' }],
    ['that never expires', 11, opaque, { sub: 'admin', exp: 253_402_300_799 }],
    ['with a lifetime below 0', 12, opaque, { sub: 'judy', exp: 253_402_300_799 }],
    ['without a scope', 18, plain, { sub: 'admin', scope: '' }],
  ])('answers of an access token stored %s', async (_name, place, app, expected) => {
    const answer = await introspect(wso2Access(place), app)
    expect({ ...answer, scope: answer.scope?.split(' ').sort().join(' ') }).toMatchObject({
      active: true,
      client_id: app.id,
      aud: app.id,
      jti: wso2TokenId(place),
      token_type: 'Bearer',
      ...expected,
    })
    expect('username' in answer).toBe('username' in expected || answer.aut === 'APPLICATION_USER')
  })

  it.each([
    ['expired', wso2Access(6), plain],
    ['rotated away', wso2Access(8), plain],
    ['revoked', wso2Access(9), plain],
    ['replaced after it expired', wso2Access(10), plain],
    ['of a disabled application', wso2Access(13), opaque],
    ['of an application of which everything was revoked', wso2Access(14), event],
    ['of another application', wso2Access(1), hashed],
    ['unknown', '00000000-0000-4000-8000-000000000000', plain],
    ['the id of a JWT', '44444444-dddd-4ddd-8ddd-000000000001', jwt],
    ['a refresh token', wso2Refresh(1), plain],
    ['a token in upper case', wso2Access(1).toUpperCase(), plain],
  ])('says nothing of one that is %s', async (_name, token, app) => {
    expect(await introspect(token, app)).toEqual({ active: false })
  })

  it('has changed nothing of WSO2 by all of that', async () => {
    expect(await jeton.wso2.checksum()).toBe(jeton.checksumBefore)
  })

  it('counts the tokens that are alive, also those that never end', async () => {
    const [opaqueTokens] = (await jeton.jeton.operations.status()).storedTokens
    expect(opaqueTokens).toMatchObject({ kind: 'opaque', alive: 15 })
    expect(opaqueTokens?.lastExpiry).toBe(253_402_300_799)
    expect((await jeton.stores.status.storedTokens(3))[0]).toMatchObject({ kind: 'opaque', atLeast: true })
  })

  it('tells who the user is', async () => {
    const answer = await jeton.get('/oauth2/userinfo', wso2Access(2)).expect(200)
    expect(answer.body).toEqual({ sub: 'bob@carbon.super', preferred_username: 'SECOND.COM/bob' })
    await jeton.get('/oauth2/userinfo', wso2Access(4)).expect(403)
    await jeton.get('/oauth2/userinfo', wso2Access(9)).expect(401)
  })

  it('exchanges a refresh token once, and ends the grant when it is replayed', async () => {
    const first = await refresh(wso2Refresh(1), plain)
    expect(first.status).toBe(200)
    expect(first.body.scope.split(' ').sort()).toEqual(['openid', 'read', 'write'])
    expect(await introspect(first.body.access_token, plain)).toMatchObject({ active: true, sub: 'alice', username: 'alice', aut: 'APPLICATION_USER' })
    expect(await stateOf(1)).not.toBe('ACTIVE')
    expect(await introspect(wso2Access(1), plain)).toEqual({ active: false })
    const again = await refresh(wso2Refresh(1), plain)
    expect(again.body.refresh_token).toBe(first.body.refresh_token)
    const second = await refresh(first.body.refresh_token, plain)
    expect(second.status).toBe(200)
    const replay = await refresh(wso2Refresh(1), plain)
    expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant'])
    expect(await introspect(second.body.access_token, plain)).toEqual({ active: false })
    expect((await refresh(second.body.refresh_token, plain)).body.error).toBe('invalid_grant')
  })

  it('lets one of two exchanges at once move the grant', async () => {
    const answers = await Promise.all([refresh(wso2Refresh(4), plain), refresh(wso2Refresh(4), plain)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1)
    const rows = await jeton.wso2.sql('SELECT GENERATION AS generation FROM JETON_GRANT WHERE GENERATION = 1 AND REVOKED_AT IS NULL')
    expect(rows.map(({ generation }) => Number(generation))).toEqual([1])
  })

  it.each([
    ['beside an access token that has expired', 6, plain],
    ['of a row in state EXPIRED', 10, plain],
    ['without a hash', 5, plain],
    ['hashed', 2, hashed],
    ['that never expires', 12, opaque],
  ])('exchanges a refresh token %s', async (_name, place, app) => {
    expect(await introspect(wso2Refresh(place), app, 'refresh_token')).toMatchObject({ active: true, client_id: app.id })
    const answer = await refresh(wso2Refresh(place), app)
    expect([answer.status, typeof answer.body.refresh_token]).toEqual([200, 'string'])
  })

  it('gives the application that had JWTs a pair of JWTs', async () => {
    const answer = await refresh(wso2Refresh(21), jwt)
    expect(answer.body.access_token).toMatch(/^eyJ/)
    expect(await introspect(answer.body.access_token, jwt)).toMatchObject({ active: true, sub: 'nina', aud: jwt.id })
    const next = await refresh(answer.body.refresh_token, jwt)
    expect(next.status).toBe(200)
    expect((await refresh(wso2Refresh(21), jwt)).body.error).toBe('invalid_grant')
    expect(await introspect(next.body.access_token, jwt)).toEqual({ active: false })
  })

  it.each([
    ['expired', 7, plain],
    ['rotated away', 8, plain],
    ['revoked', 9, plain],
    ['revoked beside a JWT', 22, jwt],
    ['of another application', 16, hashed],
    ['of an application of which everything was revoked', 14, event],
  ])('refuses a refresh token that is %s', async (_name, place, app) => {
    const answer = await refresh(wso2Refresh(place), app)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  })

  it('revokes an access token', async () => {
    expect((await introspect(wso2Access(15), opaque)).active).toBe(true)
    const foreign = await revoke(wso2Access(15), plain)
    expect([foreign.status, foreign.body.error]).toEqual([400, 'unauthorized_client'])
    await revoke(wso2Access(15), opaque).expect(200)
    expect(await introspect(wso2Access(15), opaque)).toEqual({ active: false })
    expect(await stateOf(15)).not.toBe('ACTIVE')
    await revoke(wso2Access(15), opaque).expect(200)
  })

  it.each([
    ['in the clear', 16],
    ['hashed', 17],
  ])('revokes a refresh token stored %s, and its access token with it', async (_name, place) => {
    expect((await introspect(wso2Access(place), plain)).active).toBe(true)
    await revoke(wso2Refresh(place), plain).expect(200)
    expect(await introspect(wso2Access(place), plain)).toEqual({ active: false })
    expect((await refresh(wso2Refresh(place), plain)).body.error).toBe('invalid_grant')
    expect(await stateOf(place)).not.toBe('ACTIVE')
  })

  it('ends what an application had from WSO2 when the application is revoked here', async () => {
    expect((await introspect(wso2Access(11), opaque)).active).toBe(true)
    await jeton.jeton.operations.revoke({ kind: 'client', id: opaque.id as never, open: false })
    expect(await introspect(wso2Access(11), opaque)).toEqual({ active: false })
    expect((await refresh(wso2Refresh(11), opaque)).body.error).toBe('invalid_grant')
  })
})

await describeOnEngines('A database that was never WSO2’s', ['postgresql', 'mysql'], (engine) => {
  it('is not asked for a value that only has the form of a token of WSO2', async () => {
    const statements: string[] = []
    const jeton = await startJeton({ engine, onStatement: (sql) => void statements.push(sql) })
    const client = await jeton.createClient()
    await jeton.post('/oauth2/introspect', { token: 'x' }, client).expect(200)
    statements.length = 0
    for (const path of ['/oauth2/introspect', '/oauth2/revoke']) await jeton.post(path, { token: wso2Access(1) }, client).expect(200)
    expect(statements).toEqual([])
    await jeton.close()
  }, 30_000)
})
