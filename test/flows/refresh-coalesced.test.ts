import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { GrantStore } from '../../src/stores/grant-store.js'
import type { Stores } from '../../src/stores/stores.js'
import { type Credentials, type JetonInProcess, type JetonOptions, startJeton } from './jeton-in-process.js'
import { describeOnEngines, type FlowEngine } from './server-engine.js'
import { type Pair, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const GRANTS = 200

/** What MySQL's driver asks before it uses a connection, and what a new one begins with. */
const isForConnection = (sql: string): boolean => sql.startsWith('PING') || sql.includes('SET time_zone')

const started: { readonly jeton: JetonInProcess; readonly calls: TokenCalls }[] = []
afterEach(async () => {
  for (const { jeton, calls } of started.splice(0)) {
    await calls.close()
    await jeton.close()
  }
})

async function start(options: JetonOptions) {
  const jeton = await startJeton(options)
  const calls = await serveTokens(jeton)
  started.push({ jeton, calls })
  const client = await jeton.createClient()
  return { jeton, calls, client }
}

const issueMany = (calls: TokenCalls, client: Credentials, count: number): Promise<readonly Pair[]> =>
  Promise.all(Array.from({ length: count }, () => calls.issue(client)))

const withGrants = (change: (grants: GrantStore) => Partial<GrantStore>) => (stores: Stores) => ({
  ...stores,
  grants: { ...stores.grants, ...change(stores.grants) },
})

await describeOnEngines(`${GRANTS} refreshes at once`, ['sqlite', 'postgresql', 'mysql'], (engine: FlowEngine) => {
  it('are two commits, the one under way when they come and the next, and each gets its own successor', async () => {
    const statements: string[] = []
    let arrived = Promise.resolve()
    const { jeton, calls, client } = await start({
      engine,
      onStatement: (sql) => void (isForConnection(sql) || statements.push(sql)),
      wrapStores: withGrants((grants) => ({ advanceMany: (steps) => arrived.then(() => grants.advanceMany(steps)) })),
    })
    const haveArrived = async (): Promise<void> => {
      while (!(await jeton.get('/metrics')).text.includes(`jeton_queue_length{queue="refreshes"} ${GRANTS}\n`))
        await new Promise((resolve) => setTimeout(resolve, 10))
    }
    let pairs = await issueMany(calls, client, GRANTS)
    for (let round = 0; round < 3; round++) {
      statements.length = 0
      arrived = haveArrived()
      pairs = (await Promise.all(pairs.map(({ refresh }) => calls.refresh(client, refresh)))).map(pairOf)
      expect(statements.length).toBeLessThanOrEqual(2)
      expect(new Set(pairs.map(({ refresh }) => refresh)).size).toBe(GRANTS)
    }
    expect(await calls.isActive(client, pairs[0]?.refresh ?? '', 'refresh_token')).toBe(true)
  }, 60_000)
})

describe('too many refreshes at once', () => {
  it('are turned away with 503 and a Retry-After shorter than the grace, and their tokens are not spent', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { jeton, calls, client } = await start({
      toml: '[oauth.token_renewal]\nmax_queue = 2',
      wrapStores: withGrants((grants) => ({ advanceMany: (steps) => held.then(() => grants.advanceMany(steps)) })),
    })
    const pairs = await issueMany(calls, client, 10)
    let answered = 0
    const refreshes = pairs.map(async ({ refresh }) => {
      const answer = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refresh }, client)
      answered += 1
      return answer
    })
    while (answered < 6) await new Promise((resolve) => setImmediate(resolve))
    expect((await jeton.get('/metrics').expect(200)).text).toMatch(/jeton_queue_length\{queue="refreshes"\} [2-4]\n/)
    release()
    const answers = await Promise.all(refreshes)
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThanOrEqual(6)
    for (const { headers } of refused) {
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(headers['retry-after'])).toBeLessThan(jeton.settings.renewal.grace)
    }
    for (const [at, { status }] of answers.entries())
      expect(await calls.isActive(client, pairs[at]?.refresh ?? '', 'refresh_token')).toBe(status === 503)
    for (const [at, { status }] of answers.entries()) if (status === 503) pairOf(await calls.refresh(client, pairs[at]?.refresh ?? ''))
    expect((await jeton.get('/metrics').expect(200)).text).toContain('jeton_queue_length{queue="refreshes"} 0\n')
  })
})

describe('a commit of many refreshes', () => {
  it('that fails is 503 for each of them, and none is spent', async () => {
    let isAway = true
    const { calls, client } = await start({
      wrapStores: withGrants((grants) => ({
        advanceMany: async (steps) => (isAway ? Promise.reject(new StoreUnavailable('database')) : grants.advanceMany(steps)),
      })),
    })
    const pairs = await issueMany(calls, client, 20)
    const refresh = () => Promise.all(pairs.map((pair) => calls.refresh(client, pair.refresh)))
    expect((await refresh()).map(({ status }) => status)).toEqual(pairs.map(() => 503))
    isAway = false
    expect((await refresh()).map(({ status }) => status)).toEqual(pairs.map(() => 200))
  })

  it('that is refused for the sake of one of them is repeated for each alone', async () => {
    let poison = ''
    const { calls, client } = await start({
      wrapStores: withGrants((grants) => ({
        advanceMany: async (steps) => (steps.some(({ grantId }) => grantId === poison) ? steps.map(() => undefined) : grants.advanceMany(steps)),
        advance: async (step) => (step.grantId === poison ? Promise.reject(new StoreUnavailable('database')) : grants.advance(step)),
      })),
    })
    const pairs = await issueMany(calls, client, 20)
    poison = JSON.parse(Buffer.from(pairs[7]?.refresh.split('.')[1] ?? '', 'base64url').toString()).grant_id
    const answers = await Promise.all(pairs.map((pair) => calls.refresh(client, pair.refresh)))
    expect(answers.map(({ status }) => status)).toEqual(pairs.map((_, index) => (index === 7 ? 503 : 200)))
  })
})
