import { seconds } from '../../src/model/time.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

const [ACCESS, USER, REFRESH] = [seconds(200_000), seconds(50), seconds(400_000)]

await describeOnEngines('lifetimes of a client of its own', ['memory', 'sqlite', 'postgresql'], (engine) => {
  let jeton: JetonInProcess
  beforeAll(async () => {
    jeton = await startJeton({ engine })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  }, 60_000)
  afterAll(() => jeton.close())

  const lifetimes = { applicationAccessToken: ACCESS, userAccessToken: USER, refreshToken: REFRESH }
  const grantTypes = ['client_credentials', 'password', 'refresh_token']
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

  it.each(['JWT', 'OAUTH'] as const)('are those of its %s tokens, longer and shorter than the setting of the server', async (tokenType) => {
    const client = await jeton.createClient({ tokenType, lifetimes, grantTypes })
    const ask = async (form: Record<string, string>) => (await jeton.post('/oauth2/token', form, client).expect(200)).body
    const isActive = async (token: string) => (await jeton.post('/oauth2/introspect', { token }, client).expect(200)).body
    const own = await ask({ grant_type: 'client_credentials' })
    expect(own.expires_in).toBe(ACCESS)
    const introspected = await isActive(own.access_token)
    expect(introspected.exp - introspected.iat).toBe(ACCESS)
    const users = await ask({ grant_type: 'password', username: 'anna', password: 'correct horse' })
    expect(users.expires_in).toBe(USER)
    const refreshed = await ask({ grant_type: 'refresh_token', refresh_token: users.refresh_token })
    expect(refreshed.expires_in).toBe(USER)
    const again = await ask({ grant_type: 'refresh_token', refresh_token: refreshed.refresh_token })
    if (tokenType === 'JWT') {
      for (const pair of [own, users, refreshed, again]) {
        const { exp, iat } = claimsOf(pair.refresh_token)
        expect(exp - iat).toBe(REFRESH)
      }
    }
    const told = (await jeton.post('/oauth2/introspect', { token: again.refresh_token, token_type_hint: 'refresh_token' }, client).expect(200)).body
    expect(told).toMatchObject({ active: true })
    expect(told.exp - told.iat).toBe(REFRESH)
  })

  it('are reckoned with when it is cut off, however long they are', async () => {
    const { id } = await jeton.createClient({ lifetimes, grantTypes })
    const { cutoff, expires } = await jeton.jeton.operations.revoke({
      kind: 'client',
      id: (await jeton.jeton.operations.clients.get(id)).id,
      open: false,
    })
    expect(expires).toBeGreaterThanOrEqual((cutoff ?? 0) + REFRESH)
  })

  it('are the setting of the server where it has none', async () => {
    const client = await jeton.createClient()
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    expect(body.expires_in).toBe(jeton.settings.lifetimes.applicationAccessToken)
    expect(claimsOf(body.refresh_token).exp - claimsOf(body.refresh_token).iat).toBe(jeton.settings.lifetimes.refreshToken)
  })
})
