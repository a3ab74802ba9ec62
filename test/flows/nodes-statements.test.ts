import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

/** What is asked of a database server over the network: each statement that the driver is told to send is one way there and back. */
await describeOnEngines('what is asked of a database server', ['postgresql', 'mysql'], (engine) => {
  const statements: string[] = []
  let jeton: JetonInProcess
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ engine, onStatement: (sql) => statements.push(sql) })
    client = await jeton.createClient()
    await issue()
  })
  afterAll(() => jeton.close())
  beforeEach(() => statements.splice(0))

  const post = async (path: string, form: Record<string, string>) => (await jeton.post(path, form, client).expect(200)).body
  const issue = () => post('/oauth2/token', { grant_type: 'client_credentials' })
  const refresh = (token: string) => post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token })

  it('for a pair that is not stored, and to introspect it: nothing', async () => {
    const { access_token: token } = await issue()
    expect((await post('/oauth2/introspect', { token })).active).toBe(true)
    expect(statements).toEqual([])
  })

  it('for a refresh: one statement, the first and every later one', async () => {
    const pair = await issue()
    const next = await refresh(pair.refresh_token)
    expect(statements).toHaveLength(1)
    await refresh(next.refresh_token)
    expect(statements).toHaveLength(2)
  })

  it('for a poll that finds nothing new: one, and one more each second in which the node says that it lives', async () => {
    await jeton.runJob('poll')
    statements.splice(0)
    await jeton.runJob('poll')
    expect([1, 2]).toContain(statements.length)
  })

  it('tells how many connections are open, how many of them idle, and how many callers wait for one', async () => {
    const { text } = await jeton.get('/metrics').expect(200)
    expect(text).toContain('jeton_queue_length{queue="database_connections"} 0')
    const [, open, idle] = /jeton_database_connections\{state="open"\} (\d+)\njeton_database_connections\{state="idle"\} (\d+)/.exec(text) ?? []
    expect(Number(open)).toBeGreaterThanOrEqual(1)
    expect(idle).toBe(open)
  })
})
