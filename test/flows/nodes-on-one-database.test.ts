import { createMemoryBus } from '../../src/adapters/memory/memory-bus.js'
import { type Credentials, type JetonInProcess, type JetonOptions, startJeton } from './jeton-in-process.js'
import { describeOnEngines, type FlowEngine } from './server-engine.js'

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

const NODES = 3
const SOON_MS = 2000

const issue = async (node: JetonInProcess, client: Credentials): Promise<Pair> =>
  (await node.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)).body
const refresh = (node: JetonInProcess, client: Credentials, token: string) =>
  node.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, client)
const isActive = async (node: JetonInProcess, client: Credentials, token: string): Promise<boolean> =>
  (await node.post('/oauth2/introspect', { token }, client).expect(200)).body.active
const grantOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).grant_id
const keyOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

/** Nodes on one database, the first of which has made it. Each has its background jobs done only when it is told. */
async function startNodes(
  engine: FlowEngine,
  options: (index: number) => JetonOptions = () => ({}),
): Promise<readonly [JetonInProcess, ...JetonInProcess[]]> {
  const first = await startJeton({ engine, ...options(0) })
  const others: JetonInProcess[] = []
  for (let index = 1; index < NODES; index += 1) others.push(await startJeton({ engine, beside: first, ...options(index) }))
  return [first, ...others]
}

async function stop(nodes: readonly JetonInProcess[]): Promise<void> {
  for (const node of nodes.toReversed()) await node.close()
}

/** A key that signs at once would sign from then on. */
const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100))

/** As soon as a message can have come, and without any poll. */
async function soon(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SOON_MS
  while (!(await isTrue())) if (performance.now() > deadline) throw new Error('it did not come true')
}

await describeOnEngines('several nodes on one database', ['memory', 'postgresql', 'mysql'], (engine) => {
  let nodes: readonly [JetonInProcess, ...JetonInProcess[]]
  let client: Credentials
  beforeAll(async () => {
    nodes = await startNodes(engine)
    client = await nodes[0].createClient({ scopes: 'read' })
  })
  afterAll(() => stop(nodes))

  const at = (index: number): JetonInProcess => nodes[index] as JetonInProcess
  const pollAll = () => Promise.all(nodes.map((node) => node.runJob('poll')))

  it('take each other’s tokens, and a client that was made elsewhere', async () => {
    const pair = await issue(at(1), client)
    for (const node of nodes) expect(await isActive(node, client, pair.access_token)).toBe(true)
    await refresh(at(2), client, pair.refresh_token).expect(200)
  })

  it('of two refreshes of one token at two nodes one advances the grant, and the other gives the same successor (RFC 9700 §4.14.2)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const pair = await issue(at(0), client)
      const answers = await Promise.all(nodes.map((node) => refresh(node, client, pair.refresh_token)))
      expect(answers.map(({ status }) => status)).toEqual(nodes.map(() => 200))
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1)
      expect(await at(0).stores.grants.find(grantOf(pair.refresh_token) as never)).toMatchObject({ generation: 1, graceUses: NODES - 1 })
    }
  })

  it('a replay at another node revokes the grant at all of them', async () => {
    const first = await issue(at(0), client)
    const second = (await refresh(at(1), client, first.refresh_token).expect(200)).body
    const third = (await refresh(at(2), client, second.refresh_token).expect(200)).body
    expect((await refresh(at(0), client, first.refresh_token).expect(400)).body.error).toBe('invalid_grant')
    await pollAll()
    for (const node of nodes) {
      expect(await isActive(node, client, third.access_token)).toBe(false)
      expect((await refresh(node, client, third.refresh_token).expect(400)).body.error).toBe('invalid_grant')
    }
  })

  it('a revocation at one is refused by the others after their next poll', async () => {
    const pair = await issue(at(0), client)
    await at(0).post('/oauth2/revoke', { token: pair.access_token }, client).expect(200)
    expect(await isActive(at(0), client, pair.access_token)).toBe(false)
    expect(await isActive(at(1), client, pair.access_token)).toBe(true)
    await pollAll()
    for (const node of nodes) expect(await isActive(node, client, pair.access_token)).toBe(false)
  })

  it('revocations at all of them at once have places of their own, and all know all of them', async () => {
    const pairs = await Promise.all(Array.from({ length: 30 }, (_, index) => issue(at(index % NODES), client)))
    await Promise.all(
      pairs.map((pair, index) =>
        at(index % NODES)
          .post('/oauth2/revoke', { token: pair.access_token }, client)
          .expect(200),
      ),
    )
    await pollAll()
    for (const node of nodes) for (const pair of pairs) expect(await isActive(node, client, pair.access_token)).toBe(false)
    const [heads] = await Promise.all([at(0).stores.heads.read(), pollAll()])
    const entries = await at(0).stores.revocations.since(0, 1000)
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: heads.seq }, (_, index) => index + 1))
  })

  it('keys rotated at one verify at all at once, and sign at all after their next poll', async () => {
    const before = await issue(at(0), client)
    await at(0).jeton.operations.keys.rotate('access')
    await at(0).jeton.operations.keys.rotate('refresh')
    const pair = await issue(at(0), client)
    expect(keyOf(pair.access_token)).not.toBe(keyOf(before.access_token))
    for (const node of nodes) for (const token of [before.access_token, pair.access_token]) expect(await isActive(node, client, token)).toBe(true)
    await refresh(at(1), client, pair.refresh_token).expect(200)
    await pollAll()
    await soon(async () => keyOf((await issue(at(2), client)).access_token) === keyOf(pair.access_token))
  })

  it('a refresh token’s successor is the same at a node that has not heard that the ring was rotated', async () => {
    await pollAll()
    const { refresh_token } = await issue(at(0), client)
    await at(0).jeton.operations.keys.rotate('refresh')
    await nextSecond()
    const successors = []
    for (const node of nodes) successors.push((await refresh(node, client, refresh_token).expect(200)).body.refresh_token)
    expect(new Set(successors).size).toBe(1)
  })

  it('a client that is disabled at one is refused at all after their next poll (RFC 6749 §5.2), and its tokens too', async () => {
    const other = await at(0).createClient()
    const pair = await issue(at(1), other)
    const { id } = (await at(0).jeton.operations.clients.list()).find((one) => one.id === other.id) ?? { id: undefined }
    await at(0).jeton.operations.clients.disable(id as never)
    await pollAll()
    for (const node of nodes) {
      expect((await node.post('/oauth2/token', { grant_type: 'client_credentials' }, other).expect(401)).body.error).toBe('invalid_client')
      expect(await isActive(node, client, pair.access_token)).toBe(false)
    }
  })
})

await describeOnEngines('several nodes with a bus', ['memory', 'postgresql', 'mysql'], (engine) => {
  const bus = createMemoryBus()
  let nodes: readonly [JetonInProcess, ...JetonInProcess[]]
  let client: Credentials
  beforeAll(async () => {
    nodes = await startNodes(engine, () => ({ bus: bus.join() }))
    client = await nodes[0].createClient()
  })
  afterAll(() => stop(nodes))
  const others = () => nodes.slice(1)

  it('refuse what was revoked at another at once, without a poll', async () => {
    const pair = await issue(nodes[0], client)
    await nodes[0].post('/oauth2/revoke', { token: pair.access_token }, client).expect(200)
    for (const node of others()) await soon(async () => !(await isActive(node, client, pair.access_token)))
  })

  it('refuse a client that was disabled at another at once', async () => {
    const other = await nodes[0].createClient()
    for (const node of nodes) await issue(node, other)
    await nodes[0].jeton.operations.clients.disable(other.id as never)
    for (const node of others()) {
      await soon(async () => (await node.post('/oauth2/token', { grant_type: 'client_credentials' }, other)).status === 401)
    }
  })

  it('need it for nothing: what was said while it was down they learn by their next poll', async () => {
    const pair = await issue(nodes[0], client)
    bus.set('down')
    for (const node of nodes)
      expect((await node.get('/readyz').expect(200)).body).toMatchObject({ status: 'degraded', database: 'up', redis: 'down' })
    await nodes[0].post('/oauth2/revoke', { token: pair.access_token }, client).expect(200)
    for (const node of others()) {
      expect(await isActive(node, client, pair.access_token)).toBe(true)
      await node.runJob('poll')
      expect(await isActive(node, client, pair.access_token)).toBe(false)
    }
    bus.set('up')
    for (const node of nodes) expect((await node.get('/readyz').expect(200)).body).toEqual({ status: 'ok', database: 'up', redis: 'up' })
  })
})
