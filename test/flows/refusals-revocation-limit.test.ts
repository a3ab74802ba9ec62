import { createDocumentCheck } from '../http/document-check.js'
import { expectRefusal } from '../http/refusal.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const LIMITS = '[revocation]\nper_client_rate = 1\nper_client_burst = 3\n'
/** One for each token: a stored one takes the place of the one before of the same scope. */
const SCOPES = Array.from({ length: 20 }, (_, n) => `s${n}`)

describe.each(['JWT', 'OAUTH'] as const)('a client that revokes more than it may (%s)', (tokenType) => {
  const clock = new StillClock()
  let jeton: JetonInProcess
  let client: Credentials
  let other: Credentials
  const open = async (toml: string) => {
    jeton = await startJeton({ clock, toml })
    client = await jeton.createClient({ tokenType, scopes: SCOPES.join(' ') })
    other = await jeton.createClient({ tokenType, scopes: SCOPES.join(' ') })
  }
  afterEach(() => jeton.close())

  let issued = 0
  const pair = async (credentials = client) => {
    const form = { grant_type: 'client_credentials', scope: SCOPES[issued++ % SCOPES.length] ?? '' }
    return (await jeton.post('/oauth2/token', form, credentials).expect(200)).body
  }
  const revoke = (token: string, credentials = client) => jeton.post('/oauth2/revoke', { token }, credentials)
  const isActive = async (token: string) => (await jeton.post('/oauth2/introspect', { token }, client).expect(200)).body.active as boolean
  const log = () => jeton.stores.revocations.since(0, 1000)
  const exhaust = async () => {
    const tokens: string[] = []
    for (const kind of ['access_token', 'refresh_token', 'access_token']) tokens.push((await pair())[kind])
    for (const token of tokens) await revoke(token).expect(200)
    return tokens
  }

  it('gets 429 with Retry-After, and nothing is recorded (RFC 6585 §4)', async () => {
    await open(LIMITS)
    const check = createDocumentCheck((await jeton.get('/openapi.json').expect(200)).body)
    await exhaust()
    const before = await log()
    const { access_token: access, refresh_token: refresh } = await pair()
    for (const token of [access, refresh]) {
      const answer = await revoke(token)
      expectRefusal(answer, 429, 'slow_down')
      expect(answer.headers['retry-after']).toBe('1')
      expect(check.problemsOf(answer)).toEqual([])
    }
    expect(await log()).toEqual(before)
    expect(await isActive(access)).toBe(true)
    await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refresh }, client).expect(200)
  })

  it('is served again when it has waited as it was told', async () => {
    await open(LIMITS)
    await exhaust()
    const { access_token: token } = await pair()
    clock.advance(Number((await revoke(token).expect(429)).headers['retry-after']))
    await revoke(token).expect(200)
    expect(await isActive(token)).toBe(false)
  })

  it('takes nothing from another client', async () => {
    await open(LIMITS)
    await exhaust()
    for (let n = 0; n < 3; n++) await revoke((await pair(other)).access_token, other).expect(200)
  })

  it('gets its 200 for what is revoked already, and for what is no token', async () => {
    await open(LIMITS)
    const tokens = await exhaust()
    const { access_token: good } = await pair()
    await revoke(good).expect(429)
    for (const token of [...tokens, 'x', 'a.b.c']) await revoke(token).expect(200)
    expectRefusal(await revoke((await pair(other)).access_token), 400, 'unauthorized_client')
  })

  it('has paid nothing for repeating itself', async () => {
    await open(LIMITS)
    const { access_token: token } = await pair()
    for (let n = 0; n < 10; n++) await revoke(token).expect(200)
    for (let n = 0; n < 10; n++) await revoke('x').expect(200)
    for (let n = 0; n < 2; n++) await revoke((await pair()).access_token).expect(200)
    await revoke((await pair()).access_token).expect(429)
  })

  it('does not hold up operators', async () => {
    await open(LIMITS)
    await exhaust()
    const { operations } = jeton.jeton
    for (let n = 0; n < 5; n++) expect(await operations.revokeToken((await pair()).access_token)).toMatchObject({ kind: 'token' })
  })

  it('is told of in the log once in a minute, and counted', async () => {
    await open(LIMITS)
    await exhaust()
    const { access_token: token } = await pair()
    for (let n = 0; n < 4; n++) await revoke(token).expect(429)
    const warnings = jeton
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"') && line.includes('"revocation_limited"'))
    expect(warnings.map((line) => JSON.parse(line).client_id)).toEqual([client.id])
    expect((await jeton.get('/metrics')).text).toContain('jeton_revocations_limited_total 4')
  })

  it('may do so where the limit is off', async () => {
    await open('[revocation]\nper_client_rate = 0\nper_client_burst = 1\n')
    for (let n = 0; n < 5; n++) await revoke((await pair()).access_token).expect(200)
  })
})
