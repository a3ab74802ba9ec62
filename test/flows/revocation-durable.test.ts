import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { clientId } from '../../src/model/ids.js'
import { type JetonInProcess, type JetonOptions, startJeton } from './jeton-in-process.js'
import { pairOf, serveTokens, type TokenCalls } from './token-calls.js'

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
  return { jeton, calls }
}

describe('500 revocations at once', () => {
  it('share a few commits, in places without gaps in the order of their arrival, and are in force when they are answered', async () => {
    const statements: string[] = []
    const { jeton, calls } = await start({ engine: 'sqlite', onStatement: (sql) => void statements.push(sql) })
    const client = await jeton.createClient()
    const pairs = await Promise.all(Array.from({ length: 500 }, () => calls.issue(client)))
    statements.length = 0
    const answers = await Promise.all(
      pairs.map(async (pair, at) => {
        const { status } = await calls.revoke(client, at % 2 === 0 ? pair.access : pair.refresh)
        return { status, isActive: await calls.isActive(client, pair.access) }
      }),
    )
    expect(answers).toEqual(answers.map(() => ({ status: 200, isActive: false })))
    const entries = await jeton.stores.revocations.since(0, 1000)
    expect(entries.map(({ seq }) => seq)).toEqual(pairs.map((_, at) => at + 1))
    expect(statements.filter((sql) => /JETON_HEAD SET SEQ/.test(sql)).length).toBeLessThan(100)
  }, 30_000)

  it('that come in one turn are one commit', async () => {
    const statements: string[] = []
    const { jeton } = await start({ engine: 'sqlite', onStatement: (sql) => void statements.push(sql) })
    statements.length = 0
    const ids = Array.from({ length: 500 }, (_, at) => clientId(`client-${at}`))
    const entries = await Promise.all(ids.map((id) => jeton.jeton.operations.revoke({ kind: 'client', id, open: false })))
    expect(entries.map(({ seq, id }) => ({ seq, id }))).toEqual(ids.map((id, at) => ({ seq: at + 1, id })))
    expect(statements.filter((sql) => /JETON_HEAD SET SEQ/.test(sql))).toHaveLength(1)
  })

  it('are turned away with 503 and Retry-After when too many wait, and then have no effect', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { jeton, calls } = await start({
      toml: '[revocation]\nmax_queue = 2',
      wrapStores: (stores) => ({
        ...stores,
        revocations: {
          ...stores.revocations,
          append: (batch) => held.then(() => stores.revocations.append(batch)),
        },
      }),
    })
    const client = await jeton.createClient()
    const pairs = await Promise.all(Array.from({ length: 10 }, () => calls.issue(client)))
    let answered = 0
    const revocations = pairs.map(async (pair) => {
      const answer = await jeton.post('/oauth2/revoke', { token: pair.access }, client)
      answered += 1
      return answer
    })
    while (answered < 6) await new Promise((resolve) => setImmediate(resolve))
    release()
    const answers = await Promise.all(revocations)
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    for (const [at, { status }] of answers.entries()) expect(await calls.isActive(client, pairs[at]?.access ?? '')).toBe(status === 503)
  })
})

describe('a revocation that cannot be made durable', () => {
  it('is answered 503 with a Retry-After shorter than the grace, and has no effect', async () => {
    let isAway = false
    const { jeton, calls } = await start({
      wrapStores: (stores) => ({
        ...stores,
        revocations: {
          ...stores.revocations,
          append: async (batch) => (isAway ? Promise.reject(new StoreUnavailable('database')) : stores.revocations.append(batch)),
        },
      }),
    })
    const client = await jeton.createClient()
    const pair = await calls.issue(client)
    isAway = true
    const answer = await jeton.post('/oauth2/revoke', { token: pair.refresh }, client).expect(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(await calls.isActive(client, pair.access)).toBe(true)
    const next = pairOf(await calls.refresh(client, pair.refresh))
    isAway = false
    await jeton.post('/oauth2/revoke', { token: next.refresh }, client).expect(200)
    expect(await calls.isActive(client, pair.access)).toBe(false)
  })
})

describe('a change and the revocation entry that it causes', () => {
  it.each([
    ['the entry', /INSERT INTO JETON_REVOCATION/],
    ['the change', /UPDATE\W+(main\W+)?(IDN_OAUTH_CONSUMER_APPS|JETON_USER)|DELETE FROM\W+(main\W+)?(IDN_OAUTH_CONSUMER_APPS|JETON_USER)|JETON_KEY/],
  ])('are both left out when %s fails', async (_what, failing) => {
    let isFailing = false
    const { jeton, calls } = await start({
      engine: 'sqlite',
      onStatement: (sql) => {
        if (isFailing && failing.test(sql) && !/^\s*SELECT/i.test(sql)) throw new Error('the disk is full')
      },
    })
    const { operations } = jeton.jeton
    const client = await jeton.createClient({ scopes: 'read write' })
    const { user } = await operations.users.create('anna', 'a password')
    const pair = await calls.issue(client)
    const [signing] = await operations.keys.list()
    if (signing === undefined) throw new Error('no key')
    const recordsOf = async () => ({
      client: await jeton.stores.clients.find(clientId(client.id)),
      user: await jeton.stores.users.find(user.id),
      keys: await jeton.stores.keys.list(),
      entries: await jeton.stores.revocations.since(0, 10),
      seq: (await jeton.stores.heads.read()).seq,
    })
    const before = await recordsOf()
    isFailing = true
    const changes = [
      () => operations.clients.disable(client.id),
      () => operations.clients.update(client.id, { scopes: 'read' }),
      () => operations.clients.regenerateSecret(client.id),
      () => operations.clients.remove(client.id),
      () => operations.users.disable('anna'),
      () => operations.users.setPassword('anna', 'another password'),
      () => operations.users.remove('anna'),
      () => operations.keys.revoke(signing.keyId),
    ]
    for (const change of changes) await expect(change()).rejects.toThrow(StoreUnavailable)
    isFailing = false
    expect(await recordsOf()).toEqual(before)
    expect(await calls.isActive(client, pair.access)).toBe(true)
  })
})
