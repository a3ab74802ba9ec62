import { type JetonInProcess, startJeton } from '../../flows/jeton-in-process.js'

const PATH = '/internal/data/v1/revokedjwt'
const TOML = '[apim.event_hub]\nusername = "gateway"\npassword = "geheim:ß"\n'
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const GOOD = basic('gateway:geheim:ß')

const started: JetonInProcess[] = []
afterEach(async () => {
  for (const jeton of started.splice(0)) await jeton.close()
})

async function start(toml = TOML, statements: string[] = []): Promise<JetonInProcess> {
  const jeton = await startJeton({ toml, engine: 'sqlite', onStatement: (sql) => void statements.push(sql) })
  started.push(jeton)
  return jeton
}

describe(`GET ${PATH}`, () => {
  it('is not there where no gateway is configured', async () => {
    const jeton = await start('')
    await jeton.get(PATH).set('Authorization', GOOD).expect(404)
  })

  it.each([
    ['nothing', undefined],
    ['a wrong password', basic('gateway:geheim')],
    ['a wrong user', basic('gatewax:geheim:ß')],
    ['no colon', basic('gateway')],
    ['another scheme', 'Bearer abc'],
    ['no base64', 'Basic %%%'],
  ])('answers 401 to %s', async (_, authorization) => {
    const jeton = await start()
    await jeton.runJob('wso2 revoked')
    const asked = jeton.get(PATH)
    const answer = await (authorization === undefined ? asked : asked.set('Authorization', authorization))
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
    expect(answer.text).not.toContain('revokedJWTList')
  })

  it('answers 429 to who guesses on', async () => {
    const jeton = await start(`${TOML}[oauth.rate_limit]\nper_client = 3\n`)
    for (let guess = 0; guess < 3; guess++)
      await jeton
        .get(PATH)
        .set('Authorization', basic(`gateway:${guess}`))
        .expect(401)
    const answer = await jeton.get(PATH).set('Authorization', GOOD)
    expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([429, true])
  })

  it('answers 503 before the log was read', async () => {
    const jeton = await start()
    await jeton.get(PATH).set('Authorization', GOOD).expect(503)
  })

  it('tells from memory what is revoked, without a statement for it', async () => {
    const statements: string[] = []
    const jeton = await start(TOML, statements)
    const entry = await jeton.jeton.operations.revoke({ kind: 'token', id: 'jti-1' as never, expiresAt: undefined })
    await jeton.runJob('wso2 revoked')
    statements.length = 0
    const { body, headers } = await jeton.get(PATH).set('Authorization', GOOD).expect(200)
    expect(body).toEqual({
      revokedJWTList: [{ jwt_signature: 'jti-1', expiry_time: entry.expires * 1000 }],
      revokedJWTSubjectEntityList: [],
      revokedJWTConsumerKeyList: [],
    })
    expect(headers['content-type']).toContain('application/json')
    expect(headers['cache-control']).toBe('no-store')
    expect(statements).toEqual([])
  })

  it('gives pages that lead to each other', async () => {
    const jeton = await start()
    for (const id of ['a', 'b', 'c']) await jeton.jeton.operations.revoke({ kind: 'token', id: id as never, expiresAt: undefined })
    await jeton.runJob('wso2 revoked')
    const first = await jeton.get(`${PATH}?limit=2`).set('Authorization', GOOD).expect(200)
    const [, next = ''] = /^<(.+)>; rel="next"$/.exec(first.headers.link ?? '') ?? []
    const second = await jeton.get(next).set('Authorization', GOOD).expect(200)
    expect(second.headers.link).toBeUndefined()
    const ids = [first, second].map(({ body }) => body.revokedJWTList.map((one: { jwt_signature: string }) => one.jwt_signature))
    expect(ids).toEqual([['a', 'b'], ['c']])
  })

  it.each(['limit=0', 'limit=x', 'limit=100001', 'limit=1&limit=2', 'after=1', 'limit=1&after=-1', 'limit=1&after=1e3'])(
    'refuses ?%s',
    async (query) => {
      const jeton = await start()
      await jeton.runJob('wso2 revoked')
      await jeton.get(`${PATH}?${query}`).set('Authorization', GOOD).expect(400)
    },
  )
})
