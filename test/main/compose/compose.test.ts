import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import type { Stores } from '../../../src/stores/stores.js'
import { type JetonInProcess, type JetonOptions, startJeton } from '../../flows/jeton-in-process.js'
import { StillClock } from '../../still-clock.js'

const started: JetonInProcess[] = []
afterEach(async () => {
  for (const jeton of started.splice(0)) await jeton.close()
})

async function start(options: JetonOptions = {}): Promise<JetonInProcess> {
  const jeton = await startJeton(options)
  started.push(jeton)
  return jeton
}

/** Stores whose heads do not answer while `state.isAway`. */
function losing(state: { isAway: boolean }) {
  return (stores: Stores): Stores => ({
    ...stores,
    heads: { ...stores.heads, read: async () => (state.isAway ? Promise.reject(new StoreUnavailable('database')) : stores.heads.read()) },
  })
}

const readiness = async (jeton: JetonInProcess) => {
  const { status, body } = await jeton.get('/readyz')
  return { status, database: body.database }
}

describe('readiness', () => {
  it('outlives the database by max_staleness, and says meanwhile that it is down', async () => {
    const [clock, state] = [new StillClock(), { isAway: false }]
    const jeton = await start({ clock, wrapStores: losing(state) })
    expect(await readiness(jeton)).toEqual({ status: 200, database: 'up' })
    state.isAway = true
    clock.advance(3)
    await expect(jeton.runJob('poll')).rejects.toThrow(StoreUnavailable)
    expect(await readiness(jeton)).toEqual({ status: 200, database: 'down' })
    clock.advance(298)
    expect((await readiness(jeton)).status).toBe(503)
    state.isAway = false
    await jeton.runJob('poll')
    expect(await readiness(jeton)).toEqual({ status: 200, database: 'up' })
  })

  it('is not given to a node whose clock is further from the database’s than is allowed', async () => {
    const databaseClock = new StillClock()
    expect((await readiness(await start({ clock: new StillClock(databaseClock.now() + 5), databaseClock }))).status).toBe(200)
    expect((await readiness(await start({ clock: new StillClock(databaseClock.now() + 6), databaseClock }))).status).toBe(503)
  })

  it('ends when the process is about to', async () => {
    const jeton = await start()
    jeton.jeton.retire()
    expect((await readiness(jeton)).status).toBe(503)
  })
})

describe('without the database', () => {
  it('tokens are issued and judged for max_staleness, and then neither', async () => {
    const [clock, state] = [new StillClock(), { isAway: false }]
    const jeton = await start({ clock, wrapStores: losing(state) })
    const client = await jeton.createClient()
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    state.isAway = true
    clock.advance(300)
    await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    expect((await jeton.post('/oauth2/introspect', { token: body.access_token }, client).expect(200)).body.active).toBe(true)
    clock.advance(1)
    for (const [path, form] of [
      ['/oauth2/token', { grant_type: 'client_credentials' }],
      ['/oauth2/introspect', { token: body.access_token }],
    ] as const) {
      const answer = await jeton.post(path, form, client).expect(503)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
  })

  it('the loss is told once, and so is the return', async () => {
    const state = { isAway: false }
    const jeton = await start({ wrapStores: losing(state) })
    state.isAway = true
    for (let poll = 0; poll < 3; poll++) await jeton.runJob('poll').catch(() => undefined)
    state.isAway = false
    for (let poll = 0; poll < 3; poll++) await jeton.runJob('poll')
    expect(jeton.log().match(/store_answers_again/g)).toHaveLength(1)
  })
})

describe('two nodes on one database', () => {
  it('see each other’s changes of clients and keys with the next poll', async () => {
    const one = await start()
    const other = await start({ stores: one.stores })
    const client = await one.createClient()
    const ask = (jeton: JetonInProcess) => jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client)
    const pair = await ask(other).expect(200)
    await one.jeton.operations.clients.disable(client.id)
    await ask(one).expect(401)
    await other.runJob('poll')
    await ask(other).expect(401)
    await one.jeton.operations.clients.enable(client.id)
    await one.jeton.operations.keys.rotate('access')
    await other.runJob('poll')
    await new Promise((resolve) => setImmediate(resolve))
    const kids = async (jeton: JetonInProcess) => (await jeton.get('/oauth2/jwks').expect(200)).body.keys.map(({ kid }: { kid: string }) => kid)
    expect(await kids(other)).toEqual(await kids(one))
    expect((await one.post('/oauth2/introspect', { token: pair.body.access_token }, client).expect(200)).body).toEqual({ active: false })
  })

  it('find two secrets nowhere: the keys are made once', async () => {
    const one = await start()
    const before = await one.stores.keys.list()
    await start({ stores: one.stores })
    expect(await one.stores.keys.list()).toEqual(before)
  })
})

describe('what the configuration turns off', () => {
  it('is not offered', async () => {
    const jeton = await start({ toml: '[oauth.grant_type.refresh_token]\nenable = false' })
    const client = await jeton.createClient()
    const refused = await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: 'x' }, client).expect(400)
    expect(refused.body.error).toBe('unsupported_grant_type')
    const { body } = await jeton.get('/.well-known/oauth-authorization-server').expect(200)
    expect(body.grant_types_supported).not.toContain('refresh_token')
  })
})

describe('the jobs', () => {
  it('make the purge known to status, and tell what went', async () => {
    const clock = new StillClock()
    const jeton = await start({ clock })
    expect((await jeton.jeton.operations.status()).lastPurge).toEqual([])
    await jeton.jeton.operations.revoke({ kind: 'all' })
    clock.advance(40 * 86_400)
    await jeton.runJob('purge')
    const { lastPurge } = await jeton.jeton.operations.status()
    expect(lastPurge.find(({ target }) => target === 'revocations')).toMatchObject({ endedAt: clock.now(), deleted: 1 })
    expect(jeton.log().match(/"purged".*"deleted":[^0]/g)).toHaveLength(1)
  })

  it('tend the keys when they are due', async () => {
    const clock = new StillClock()
    const jeton = await start({ clock })
    const signing = async () => (await jeton.jeton.operations.keys.list()).find(({ use, state }) => use === 'access' && state === 'signing')?.keyId
    const before = await signing()
    clock.advance(91 * 86_400)
    await jeton.runJob('poll')
    await jeton.runJob('keys')
    expect(await signing()).not.toBe(before)
  })
})

describe('the doctor', () => {
  it('finds nothing wrong with a node that was just started, and what is wrong with one without its database', async () => {
    const state = { isAway: false }
    const jeton = await start({ wrapStores: losing(state) })
    expect((await jeton.jeton.operations.doctor()).filter(({ ok }) => !ok)).toEqual([])
    state.isAway = true
    expect((await jeton.jeton.operations.doctor()).filter(({ ok }) => !ok)).toMatchObject([{ name: 'database', remedy: expect.any(String) }])
  })
})
