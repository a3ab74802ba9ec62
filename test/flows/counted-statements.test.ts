import { dirname, join } from 'node:path'
import { countRows } from '../../src/adapters/prisma/count-rows.js'
import { type Listening, listen } from '../../src/main/listen.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const PAIRS = 1000
const AT_ONCE = 20
const CLIENTS = 5
const TABLES = ['IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT', 'JETON_GRANT', 'JETON_REVOCATION']
const NO_ROWS = Object.fromEntries(TABLES.map((table) => [table, 0]))

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

describe('what is asked of the database', () => {
  const statements: string[] = []
  let jeton: JetonInProcess
  let listening: Listening
  beforeAll(async () => {
    jeton = await startJeton({ engine: 'sqlite', toml: '[server]\nport = 0', onStatement: (sql) => statements.push(sql) })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
    listening = await listen(jeton.settings)
    await listening.serve(jeton.jeton.app)
  })
  afterAll(async () => {
    await listening.close(0)
    await jeton.close()
  })
  // The background does not run here, so that every statement is one that a request has caused.
  beforeEach(() => statements.splice(0))

  const rows = () => countRows(join(dirname(jeton.settings.database.file), '../jeton.db'), TABLES)

  async function post(path: string, { id, secret }: Credentials, form: Record<string, string>): Promise<Record<string, unknown>> {
    const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
    const response = await fetch(`${listening.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    const body = (await response.json()) as Record<string, unknown>
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
    return body
  }

  const issue = async (client: Credentials): Promise<Pair> =>
    (await post('/oauth2/token', client, { grant_type: 'client_credentials' })) as unknown as Pair
  const introspect = (client: Credentials, token: string) => post('/oauth2/introspect', client, { token })
  const refresh = async (client: Credentials, token: string): Promise<Pair> =>
    (await post('/oauth2/token', client, { grant_type: 'refresh_token', refresh_token: token })) as unknown as Pair

  it(`${PAIRS} pairs issued and their access tokens introspected: 0 statements and 0 rows, after one request of each client`, async () => {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => jeton.createClient({ scopes: 'read' })))
    for (const client of clients) await issue(client)
    // The warm-up is seen, so that what follows is not counted by a counter that counts nothing.
    expect(statements.length).toBeGreaterThan(0)
    expect(rows()).toEqual(NO_ROWS)
    statements.splice(0)
    let active = 0
    for (let done = 0; done < PAIRS; done += AT_ONCE) {
      const group = Array.from({ length: AT_ONCE }, async (_, index) => {
        const client = clients[(done + index) % CLIENTS] as Credentials
        const { access_token: token, refresh_token: refreshToken } = await issue(client)
        const answer = await introspect(client, token)
        if (answer.active === true && typeof refreshToken === 'string') active += 1
      })
      await Promise.all(group)
    }
    expect(active).toBe(PAIRS)
    expect(statements).toEqual([])
    expect(rows()).toEqual(NO_ROWS)
  })

  it('what a client may not do costs no statement either', async () => {
    const client = await jeton.createClient({ scopes: 'read' })
    await issue(client)
    statements.splice(0)
    for (const form of [
      { grant_type: 'nothing' },
      { grant_type: 'client_credentials', scope: 'x' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
    ]) {
      await expect(post('/oauth2/token', client, form)).rejects.toThrow('400')
    }
    await expect(post('/oauth2/token', { ...client, secret: 'wrong' }, { grant_type: 'client_credentials' })).rejects.toThrow('401')
    for (const token of ['x', 'a.b.c', `jrt_00000000-0000-4000-8000-000000000000.0.${'A'.repeat(43)}`]) await introspect(client, token)
    expect(statements).toEqual([])
  })

  it("a user's token of the password grant is introspected with 0 statements, by name", async () => {
    const client = await jeton.createClient({ grantTypes: ['password', 'refresh_token'] })
    const form = { grant_type: 'password', username: 'anna', password: 'correct horse' }
    const pair = (await post('/oauth2/token', client, form)) as unknown as Pair
    statements.splice(0)
    expect(await introspect(client, pair.access_token)).toMatchObject({ active: true, username: 'anna' })
    expect(statements).toEqual([])
    const next = await refresh(client, pair.refresh_token)
    statements.splice(0)
    expect(await introspect(client, next.access_token)).toMatchObject({ active: true, username: 'anna' })
    expect(statements).toEqual([])
  })

  it('a refresh costs 1 statement and leaves one row for its grant, however often it is refreshed', async () => {
    const client = await jeton.createClient({})
    let pair = await issue(client)
    const before = rows()
    for (let generation = 1; generation <= 5; generation += 1) {
      statements.splice(0)
      pair = await refresh(client, pair.refresh_token)
      expect(statements).toHaveLength(1)
    }
    expect(rows()).toEqual({ ...before, JETON_GRANT: Number(before.JETON_GRANT) + 1 })
    statements.splice(0)
    expect(await introspect(client, pair.access_token)).toMatchObject({ active: true })
    expect(statements).toEqual([])
  })

  it('a refresh token is introspected with 1 statement', async () => {
    const client = await jeton.createClient({})
    const pair = await issue(client)
    statements.splice(0)
    const answer = await post('/oauth2/introspect', client, { token: pair.refresh_token, token_type_hint: 'refresh_token' })
    expect(answer).toMatchObject({ active: true })
    expect(statements).toHaveLength(1)
  })
})
