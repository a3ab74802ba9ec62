import { type DatabaseRows, readDatabase } from './database-rows.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'
import { type Answer, serveTokens, type TokenCalls } from './token-calls.js'

const ON = '[oauth.token_persistence]\nenable = true\n'
const AUDITED = ''
const DELETED = '[oauth.token_cleanup]\nretain_access_tokens_for_auditing = false\n'
/** No request sends more statements, so that a test that never gets through ends. */
const MOST_STATEMENTS = 40

interface Rows {
  readonly tokens: readonly string[]
  readonly audit: readonly string[]
  readonly scopes: readonly string[]
  readonly grants: readonly string[]
  readonly log: readonly string[]
}

/** What is asked, once with everything before it done and known; the fault comes in this alone. */
interface Operation {
  readonly name: string
  prepare(calls: TokenCalls, client: Credentials): Promise<() => Promise<Answer>>
}

const issue = (calls: TokenCalls, client: Credentials) => () => calls.token(client, { grant_type: 'client_credentials' })

const OPERATIONS: readonly Operation[] = [
  { name: 'the first token', prepare: async (calls, client) => issue(calls, client) },
  {
    name: 'a token in place of another one',
    async prepare(calls, client) {
      await calls.issue(client)
      return issue(calls, client)
    },
  },
  {
    name: 'a refresh',
    async prepare(calls, client) {
      const { refresh } = await calls.issue(client)
      return () => calls.refresh(client, refresh)
    },
  },
  {
    name: 'a revocation of the access token',
    async prepare(calls, client) {
      const { access } = await calls.issue(client)
      return () => calls.revoke(client, access)
    },
  },
  {
    name: 'a revocation of the grant',
    async prepare(calls, client) {
      const { refresh } = await calls.issue(client)
      return () => calls.revoke(client, refresh)
    },
  },
]

await describeOnEngines('a fault before any statement of a transaction', ['sqlite', 'postgresql', 'mysql'], (engine) => {
  const cells = OPERATIONS.flatMap((operation) => (['JWT', 'OAUTH'] as const).map((tokenType) => ({ tokenType, operation, name: operation.name })))

  describe.each([
    { cleanup: 'an audit', toml: AUDITED },
    { cleanup: 'no audit', toml: DELETED },
  ])('with $cleanup', ({ toml }) => {
    let left = Number.POSITIVE_INFINITY
    let [jeton, calls, rows]: [JetonInProcess?, TokenCalls?, DatabaseRows?] = []
    const arm = (statements: number): void => {
      left = statements
    }
    beforeAll(async () => {
      const onStatement = () => {
        if (left-- === 0) throw new Error('injected')
      }
      jeton = await startJeton({ engine, toml: ON + toml, onStatement })
      ;[calls, rows] = [await serveTokens(jeton), await readDatabase(jeton, engine)]
    }, 120_000)
    afterEach(() => arm(Number.POSITIVE_INFINITY))
    afterAll(async () => {
      await rows?.close()
      await calls?.close()
      await jeton?.close()
    }, 120_000)

    it.each(cells)(
      'of $name, of a $tokenType application, leaves all of it or nothing',
      async ({ tokenType, operation }) => {
        if (jeton === undefined || calls === undefined || rows === undefined) throw new Error('nothing is served')
        await walk(jeton, { calls, rows, tokenType, operation, arm })
      },
      120_000,
    )
  })
})

interface Walk {
  readonly calls: TokenCalls
  readonly rows: DatabaseRows
  readonly tokenType: 'JWT' | 'OAUTH'
  readonly operation: Operation
  arm(statements: number): void
}

/** Again and again on a client of its own, the fault one statement later each time, until it comes after the last one. */
async function walk(jeton: JetonInProcess, { calls, rows, tokenType, operation, arm }: Walk): Promise<void> {
  let failed = 0
  for (let statements = 0; statements < MOST_STATEMENTS; statements++) {
    const client = await jeton.createClient({ tokenType, scopes: 'read write' })
    const perform = await operation.prepare(calls, client)
    const before = await readRows(rows, client)
    arm(statements)
    const { status } = await perform()
    arm(Number.POSITIVE_INFINITY)
    const after = await readRows(rows, client)
    if (status === 200) {
      expect(after).not.toEqual(before)
      expectWhole(before, after)
      expect(failed).toBeGreaterThan(3)
      return
    }
    failed++
    expect(status).toBe(503)
    expect(after).toEqual(before)
    // Nothing stands in the way of the next attempt.
    expect((await perform()).status).toBe(200)
  }
  throw new Error('the operation sends more statements than any is expected to')
}

async function readRows({ read }: DatabaseRows, { id }: Credentials): Promise<Rows> {
  const text = async (sql: string): Promise<readonly string[]> =>
    (await read(sql)).map((row) => JSON.stringify(Object.values(row).map(String))).sort()
  const ofClient = `CONSUMER_KEY_ID = (SELECT ID FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = '${id}')`
  const grants = `SELECT JETON_GRANT_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE ${ofClient} UNION SELECT JETON_GRANT_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE ${ofClient}`
  return {
    tokens: await text(`SELECT TOKEN_ID, TOKEN_STATE FROM IDN_OAUTH2_ACCESS_TOKEN WHERE ${ofClient}`),
    audit: await text(`SELECT TOKEN_ID, TOKEN_STATE FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE ${ofClient}`),
    scopes: await text(
      `SELECT TOKEN_ID, TOKEN_SCOPE FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE WHERE TOKEN_ID IN (SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE ${ofClient})`,
    ),
    grants: await text(`SELECT GRANT_ID, GENERATION, REVOKED_AT FROM JETON_GRANT WHERE GRANT_ID IN (${grants})`),
    log: await text('SELECT SEQ, KIND, ID FROM JETON_REVOCATION'),
  }
}

/** Whoever is gone from the table is in the audit, once, where one is kept; whoever is there is good and has its scopes. */
function expectWhole(before: Rows, after: Rows): void {
  const idsOf = (rows: readonly string[]) => rows.map((row) => String(JSON.parse(row)[0]))
  const gone = idsOf(before.tokens).filter((id) => !idsOf(after.tokens).includes(id))
  const audited = idsOf(after.audit)
  expect(new Set(audited).size).toBe(audited.length)
  if (audited.length > 0) expect(audited.sort()).toEqual(gone.sort())
  const active = after.tokens.filter((row) => row.includes('"ACTIVE"'))
  expect(after.scopes.length).toBe(2 * after.tokens.length)
  expect(active.length).toBeGreaterThanOrEqual(after.tokens.length - 1)
}
