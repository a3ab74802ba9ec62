import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

await describeOnEngines('the main job', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  beforeAll(async () => {
    jeton = await startJeton({ engine })
  })
  afterAll(() => jeton.close())

  it('issues a pair, introspects it, refreshes it, revokes it and refuses it', async () => {
    const client = await jeton.createClient({ scopes: 'read' })
    const pair = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    expect(pair.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'read' })
    const before = await jeton.post('/oauth2/introspect', { token: pair.body.access_token }, client).expect(200)
    expect(before.body).toMatchObject({ active: true, client_id: client.id, scope: 'read' })
    const next = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: pair.body.refresh_token }, client).expect(200)
    expect(next.body.refresh_token).not.toBe(pair.body.refresh_token)
    await jeton.post('/oauth2/revoke', { token: next.body.refresh_token }, client).expect(200)
    for (const token of [pair.body.access_token, next.body.access_token]) {
      const answer = await jeton.post('/oauth2/introspect', { token }, client).expect(200)
      expect(answer.body).toEqual({ active: false })
    }
    const refused = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: next.body.refresh_token }, client).expect(400)
    expect(refused.body.error).toBe('invalid_grant')
  })

  it('does the same for an application with opaque tokens', async () => {
    const client = await jeton.createClient({ tokenType: 'OAUTH' })
    const pair = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    expect(pair.body.access_token).toMatch(/^jat_/)
    const next = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: pair.body.refresh_token }, client).expect(200)
    expect((await jeton.post('/oauth2/introspect', { token: pair.body.access_token }, client)).body).toEqual({ active: false })
    expect((await jeton.post('/oauth2/introspect', { token: next.body.access_token }, client)).body).toMatchObject({
      active: true,
      client_id: client.id,
    })
    await jeton.post('/oauth2/revoke', { token: next.body.access_token }, client).expect(200)
    expect((await jeton.post('/oauth2/introspect', { token: next.body.access_token }, client)).body).toEqual({ active: false })
  })
})
