import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const ON = '[oauth.revoked_token_headers_in_response]\nenable = true\n'
const NAMES = ['revokedaccesstoken', 'revokedrefreshtoken', 'authorizeduser']
const PASSWORD = 'correct horse battery'

describe.each(['JWT', 'OAUTH'] as const)('the answer to a revocation, with oauth.revoked_token_headers_in_response (%s)', (tokenType) => {
  let jeton: JetonInProcess
  let client: Credentials
  beforeEach(async () => {
    jeton = await startJeton({ toml: ON })
    client = await jeton.createClient({ tokenType, grantTypes: ['client_credentials', 'password', 'refresh_token'] })
  })
  afterEach(() => jeton.close())

  const revoke = (token: string, by = client) => jeton.post('/oauth2/revoke', { token }, by)
  const namedIn = ({ headers }: { headers: Record<string, string> }) =>
    Object.fromEntries(NAMES.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
  const pairOfItself = async () => (await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)).body
  async function pairOf(username: string) {
    await jeton.jeton.operations.users.create(username, PASSWORD)
    return (await jeton.post('/oauth2/token', { grant_type: 'password', username, password: PASSWORD }, client).expect(200)).body
  }

  it('names the access token and the user whose it was', async () => {
    const { access_token: token } = await pairOf('anna@example.com')
    expect(namedIn(await revoke(token).expect(200))).toEqual({ revokedaccesstoken: token, authorizeduser: 'anna@example.com' })
  })

  it('names the refresh token alone, and never a token that the request did not hold', async () => {
    const { refresh_token: token } = await pairOf('anna')
    expect(namedIn(await revoke(token).expect(200))).toEqual({ revokedrefreshtoken: token, authorizeduser: 'anna' })
  })

  it('names the application where it acted for itself', async () => {
    const { access_token: token } = await pairOfItself()
    expect(namedIn(await revoke(token).expect(200))).toEqual({ revokedaccesstoken: token, authorizeduser: client.id })
  })

  it('encodes a name that no header could hold', async () => {
    const { access_token: token } = await pairOf('Zoë 100% 😀')
    expect((await revoke(token).expect(200)).headers.authorizeduser).toBe('Zo%C3%AB%20100%25%20%F0%9F%98%80')
  })

  it('names nothing where nothing was revoked: unknown, of another client, revoked before', async () => {
    const { access_token: token } = await pairOfItself()
    const other = await jeton.createClient()
    expect(namedIn(await revoke('unknown').expect(200))).toEqual({})
    expect(namedIn(await revoke(token, other).expect(400))).toEqual({})
    await revoke(token).expect(200)
    expect(namedIn(await revoke(token).expect(200))).toEqual({})
  })

  it('names nothing in a log', async () => {
    const { access_token: token, refresh_token: refresh } = await pairOf('anna')
    await revoke(token).expect(200)
    await revoke(refresh).expect(200)
    for (const secret of [token, refresh, String(token).split('.').at(-1)]) expect(jeton.log()).not.toContain(secret)
  })
})

describe('the answer to the revocation of a JWT', () => {
  it('has no header that was not asked for in the configuration', async () => {
    const jeton = await startJeton()
    const client = await jeton.createClient()
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client)
    const { headers } = await jeton.post('/oauth2/revoke', { token: body.access_token }, client).expect(200)
    expect(Object.keys(headers).filter((name) => NAMES.includes(name))).toEqual([])
    await jeton.close()
  })

  it('leaves out a token that is too long for a header, and is revoked all the same', async () => {
    const jeton = await startJeton({ toml: ON })
    const scopes = Array.from({ length: 100 }, (_, place) => `https://api.example/scopes/${place}`).join(' ')
    const client = await jeton.createClient({ scopes })
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    const { headers } = await jeton.post('/oauth2/revoke', { token: body.access_token }, client).expect(200)
    expect([headers.authorizeduser, 'revokedaccesstoken' in headers]).toEqual([client.id, false])
    expect((await jeton.post('/oauth2/introspect', { token: body.access_token }, client)).body).toEqual({ active: false })
    await jeton.close()
  })

  it('says nothing of a token that came with a line break, which is none (RFC 7515 §7.1)', async () => {
    const jeton = await startJeton({ toml: ON })
    const client = await jeton.createClient()
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    for (const token of [body.access_token, body.refresh_token] as string[]) {
      const { headers } = await jeton.post('/oauth2/revoke', { token: `${token.slice(0, -4)}\r\nA: b\r\n${token.slice(-4)}` }, client).expect(200)
      expect(Object.keys(headers).filter((name) => ['a', ...NAMES].includes(name))).toEqual([])
      await jeton.post('/oauth2/revoke', { token: `${token}\r\n` }, client).expect(200)
    }
    expect((await jeton.post('/oauth2/introspect', { token: body.access_token }, client)).body.active).toBe(true)
    await jeton.close()
  })
})
