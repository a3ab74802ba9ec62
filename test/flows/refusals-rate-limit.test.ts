import { expectRefusal } from '../http/refusal.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const LIMITS = '[oauth.rate_limit]\nper_client = 3\nper_user = 2\nper_address = 6\nwindow = "1m"\n'
const PROXY = '[server]\nbehind_tls_proxy = true\n'
const GRANT = { grant_type: 'client_credentials' }
const VICTIM = '198.51.100.7'
const ATTACKER = '203.0.113.9'

describe('repeated failures of authentication', () => {
  let jeton: JetonInProcess
  let client: Credentials
  const open = async (toml: string) => {
    jeton = await startJeton({ toml })
    client = await jeton.createClient({ grantTypes: ['client_credentials', 'password'] })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  }
  afterEach(() => jeton.close())

  const from = (address: string, form: Record<string, string>, credentials?: Credentials, path = '/oauth2/token') =>
    jeton.post(path, form, credentials).set('X-Forwarded-For', address)
  const wrong = () => ({ ...client, secret: 'wrong' })

  function expectLimited(answer: Awaited<ReturnType<typeof from>>): void {
    expectRefusal(answer, 429, 'slow_down')
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
  }

  it('of one client from one address are 429 with Retry-After, at every endpoint (RFC 6749 §2.3.1, RFC 6585 §4)', async () => {
    await open(PROXY + LIMITS)
    for (let attempt = 0; attempt < 3; attempt += 1) expectRefusal(await from(ATTACKER, GRANT, wrong()), 401, 'invalid_client')
    expectLimited(await from(ATTACKER, GRANT, wrong()))
    for (const path of ['/oauth2/revoke', '/oauth2/introspect']) expectLimited(await from(ATTACKER, { token: 'x' }, wrong(), path))
    expectLimited(await from(ATTACKER, { ...GRANT, client_id: client.id, client_secret: 'guess' }))
    // Otherwise the attacker would learn from the answer that a guess was right.
    expectLimited(await from(ATTACKER, GRANT, client))
  })

  it('lock nobody out from elsewhere: the right secret from another address works', async () => {
    await open(PROXY + LIMITS)
    for (let attempt = 0; attempt < 4; attempt += 1) await from(ATTACKER, GRANT, wrong())
    await from(VICTIM, GRANT, client).expect(200)
    expectLimited(await from(ATTACKER, GRANT, client))
  })

  it('count for the address as a whole too, whatever names are tried (RFC 6819 §4.4.3.6)', async () => {
    await open(PROXY + LIMITS)
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expectRefusal(await from(ATTACKER, GRANT, { id: `guess-${attempt}`, secret: 'x' }), 401, 'invalid_client')
    }
    expectLimited(await from(ATTACKER, GRANT, { id: 'guess-7', secret: 'x' }))
    expectLimited(await from(ATTACKER, GRANT, client))
    await from(VICTIM, GRANT, client).expect(200)
  })

  it('of one user from one address are 429, and the user can still sign in from another (RFC 6749 §4.3.2)', async () => {
    await open(PROXY + LIMITS)
    const form = { grant_type: 'password', username: 'anna', password: 'wrong' }
    for (let attempt = 0; attempt < 2; attempt += 1) expectRefusal(await from(ATTACKER, form, client), 400, 'invalid_grant')
    expectLimited(await from(ATTACKER, form, client))
    expectLimited(await from(ATTACKER, { ...form, password: 'correct horse' }, client))
    await from(VICTIM, { ...form, password: 'correct horse' }, client).expect(200)
    await from(ATTACKER, GRANT, client).expect(200)
  })

  it('of an unknown user are limited as those of a known one, so that nothing is learnt of which there are', async () => {
    await open(PROXY + LIMITS)
    const form = { grant_type: 'password', username: 'nobody', password: 'wrong' }
    for (let attempt = 0; attempt < 2; attempt += 1) expectRefusal(await from(ATTACKER, form, client), 400, 'invalid_grant')
    expectLimited(await from(ATTACKER, form, client))
  })

  it('believe X-Forwarded-For only behind a proxy (server.behind_tls_proxy)', async () => {
    await open(LIMITS)
    for (let attempt = 0; attempt < 3; attempt += 1) expectRefusal(await from(`203.0.113.${attempt}`, GRANT, wrong()), 401, 'invalid_client')
    expectLimited(await from(VICTIM, GRANT, client))
  })

  it('believe of X-Forwarded-For only what the proxy itself has added', async () => {
    await open(PROXY + LIMITS)
    for (let attempt = 0; attempt < 3; attempt += 1) await from(`10.0.0.${attempt}, ${ATTACKER}`, GRANT, wrong())
    expectLimited(await from(`${VICTIM}, ${ATTACKER}`, GRANT, client))
    await from(`${ATTACKER}, ${VICTIM}`, GRANT, client).expect(200)
  })

  it('count neither successes nor what no client was asked for', async () => {
    await open(PROXY + LIMITS)
    for (let attempt = 0; attempt < 10; attempt += 1) await from(ATTACKER, GRANT, client).expect(200)
    for (let attempt = 0; attempt < 10; attempt += 1) expectRefusal(await from(ATTACKER, { grant_type: 'x' }, client), 400, 'unsupported_grant_type')
    await from(ATTACKER, GRANT, client).expect(200)
  })

  it('are not limited where that is turned off', async () => {
    await open('[oauth.rate_limit]\nenable = false\nper_client = 1')
    for (let attempt = 0; attempt < 5; attempt += 1) expectRefusal(await from(ATTACKER, GRANT, wrong()), 401, 'invalid_client')
  })
})
