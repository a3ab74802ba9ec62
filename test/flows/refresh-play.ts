import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { loadSettings } from '../../src/config/load-settings.js'
import type { Settings } from '../../src/config/settings.js'
import type { TokenResponse } from '../../src/grants/exchange.js'
import { clientId, userId } from '../../src/model/ids.js'
import type { Clock } from '../../src/model/time.js'
import type { Stores } from '../../src/stores/stores.js'
import { StillClock } from '../still-clock.js'
import type { Credentials } from './jeton-in-process.js'
import { type ModelGrant, type ModelRefreshToken, RefreshModel } from './refresh-model.js'
import { type RefreshNode, startNode } from './refresh-node.js'
import { NODES, type Play, type Step } from './refresh-steps.js'

const PASSWORD = 'a password'
const TOML = '[oauth.grant_type.client_credentials]\nallow_refresh_tokens = true\n[oauth.grant_type.password]\nenable = true\n'

function settingsOf(toml: string): Settings {
  const loaded = loadSettings('deployment.toml', {}, () => Buffer.from(toml))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.settings
}

/** The clock of a process beside that of the database. */
const skewed = (clock: Clock & StillClock, skew: number): Clock => ({
  now: () => new StillClock(clock.now() + skew).now(),
  nowMs: () => clock.nowMs() + skew * 1000,
})

/** Each answer takes some turns, so that requests at once meet in between. */
function delayed(stores: Stores, delays: readonly number[]): Stores {
  let count = 0
  const slow =
    <Arguments extends unknown[], Answer>(verb: (...given: Arguments) => Promise<Answer>) =>
    async (...given: Arguments): Promise<Answer> => {
      for (let left = delays[count++ % delays.length] ?? 0; left > 0; left--) await undefined
      return verb(...given)
    }
  const { grants, revocations, storedTokens, heads } = stores
  return {
    ...stores,
    grants: { advance: slow(grants.advance), advanceMany: slow(grants.advanceMany), find: slow(grants.find), judge: slow(grants.judge) },
    revocations: { ...revocations, append: slow(revocations.append), since: slow(revocations.since) },
    storedTokens: { ...storedTokens, issue: slow(storedTokens.issue), replace: slow(storedTokens.replace) },
    heads: { ...heads, read: slow(heads.read) },
  }
}

function expectTrue(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what)
}

/** Plays steps on two nodes and in the model, and compares what is answered. @throws Error where they differ. */
export async function play({ skews, delays, steps }: Play, wrapStores: (stores: Stores) => Stores = (stores) => stores): Promise<void> {
  const stage = await setStage(skews, (stores) => delayed(wrapStores(stores), delays))
  for (const step of steps) await stage.perform(step)
  await stage.end()
}

async function setStage(skews: readonly number[], wrap: (stores: Stores) => Stores) {
  const clock = new StillClock()
  const settings = settingsOf(TOML)
  const stores = wrap(createMemoryDatabase(clock, settings.revocation))
  const start = (node: number): Promise<RefreshNode> => startNode(stores, skewed(clock, skews[node] ?? 0), settings)
  const nodes: RefreshNode[] = []
  for (let node = 0; node < NODES; node++) nodes.push(await start(node))
  const at = (node: number): RefreshNode => nodes[node] as RefreshNode
  const clients: Credentials[] = []
  for (const tokenType of ['JWT', 'OAUTH']) {
    const made = await at(0).operations.clients.create({
      name: tokenType,
      tokenType,
      grantTypes: ['client_credentials', 'password', 'refresh_token'],
    })
    clients.push({ id: made.client.id, secret: made.secret ?? '' })
  }
  const { user } = await at(0).operations.users.create('anna', PASSWORD)
  for (const node of nodes) await node.poll()
  const model = new RefreshModel(NODES)
  const enabled = { user: true, clients: [true, true] }
  const clientOf = (index: number): Credentials => clients[index] as Credentials
  const newest = <Item>(items: readonly Item[], pick: number): Item | undefined => items[items.length - 1 - (pick % Math.max(items.length, 1))]

  function take(grant: ModelGrant, answer: TokenResponse): void {
    const isDead = grant.standing === 'dead'
    grant.accessTokens.push({ value: answer.accessToken, isDead, toldTo: new Set(isDead ? grant.toldTo : []) })
  }

  async function issue(node: number, client: number, forUser: boolean): Promise<void> {
    const asked = forUser ? { grant_type: 'password', username: 'anna', password: PASSWORD } : { grant_type: 'client_credentials' }
    const answer = await at(node).token(clientOf(client), asked)
    const isAllowed = enabled.clients[client] === true && (!forUser || enabled.user)
    const isTold = model.isTold(node)
    if (isTold) expectTrue((typeof answer !== 'string') === isAllowed, `a grant that ${isAllowed ? 'may' : 'may not'} be made: ${describe(answer)}`)
    if (typeof answer === 'string') return
    const standing = isTold && isAllowed ? 'alive' : 'unknown'
    const head = answer.refreshToken ?? ''
    const grant: ModelGrant = { client, ofUser: forUser, standing, head, before: undefined, isClosed: false, accessTokens: [], toldTo: new Set() }
    model.grants.push(grant)
    model.refreshTokens.push({ value: head, grant })
    take(grant, answer)
    await check(grant)
  }

  const send = (node: number, { value, grant }: ModelRefreshToken) =>
    at(node).token(clientOf(grant.client), { grant_type: 'refresh_token', refresh_token: value })

  async function refresh(node: number, token: ModelRefreshToken): Promise<void> {
    const answer = await send(node, token)
    settle(node, token, answer)
    await check(token.grant)
  }

  /** Compares one answer with the model, and moves the model. */
  function settle(node: number, token: ModelRefreshToken, answer: TokenResponse | string): void {
    const { grant } = token
    const isOff = !enabled.clients[grant.client]
    const expected = isOff && model.isTold(node) ? ({ outcome: 'refused' } as const) : model.expect(token, node, clock.now())
    if (typeof answer === 'string') {
      expectTrue(answer === 'invalid_grant' || answer === 'invalid_client', `refused with ${answer}`)
      expectTrue(expected.outcome === 'refused' || expected.outcome === 'either', `refused where it has to be ${expected.outcome}`)
      if (expected.outcome === 'either' && grant.standing === 'alive') grant.standing = 'unknown'
      if (expected.outcome === 'refused' && !isOff) model.refused(token, node, clock.now())
      return
    }
    const successor = answer.refreshToken ?? ''
    expectTrue(expected.outcome !== 'refused', 'accepted where it has to be refused')
    if (expected.outcome === 'same') expectTrue(successor === expected.successor, 'another successor in the grace')
    if (expected.outcome === 'next') {
      expectTrue(!model.refreshTokens.some(({ value }) => value === successor), 'a successor that was there before')
      // The step retires the opaque access tokens before it.
      if (grant.client === 1) for (const access of grant.accessTokens) for (let one = 0; one < NODES; one++) model.killAccess(access, one)
    }
    if (expected.outcome === 'either' && grant.standing === 'alive') grant.standing = 'unknown'
    if (grant.standing === 'alive') model.refreshed(token, successor, clock.now())
    else if (!model.refreshTokens.some(({ value }) => value === successor)) model.refreshTokens.push({ value: successor, grant })
    take(grant, answer)
  }

  /** What a node has been told of it refuses; what is alive every told node accepts. */
  async function check(grant: ModelGrant): Promise<void> {
    for (let node = 0; node < NODES; node++) {
      for (const access of grant.accessTokens) {
        const mustDie = access.isDead && access.toldTo.has(node)
        const mustLive = !access.isDead && grant.standing === 'alive' && model.isTold(node)
        if (!mustDie && !mustLive) continue
        const isActive = await at(node).isActive(clientOf(grant.client), access.value)
        expectTrue(isActive === mustLive, `an access token is ${isActive ? 'active' : 'not active'} at node ${node}`)
      }
    }
  }

  async function heads(grant: ModelGrant): Promise<void> {
    const tokens = model.refreshTokens.filter((token) => token.grant === grant)
    for (let node = 0; node < NODES; node++) {
      if (!model.isTold(node)) continue
      const active: string[] = []
      for (const { value } of tokens) if (await at(node).isActive(clientOf(grant.client), value, 'refresh_token')) active.push(value)
      expectTrue(active.length <= 1, `${active.length} heads of one grant`)
      if (grant.standing === 'alive') expectTrue(active[0] === grant.head, 'the head is not the good one')
      if (grant.isClosed || (grant.standing === 'dead' && grant.toldTo.has(node))) expectTrue(active.length === 0, 'a head of a dead grant')
    }
  }

  async function burst(node: number, token: ModelRefreshToken, count: number): Promise<void> {
    const first = model.expect(token, node, clock.now()).outcome
    const isShared = (first === 'next' || first === 'same') && model.isTold(1 - node)
    const senders = Array.from({ length: count }, (_, index) => (isShared && index % 2 === 1 ? 1 - node : node))
    const answers = await Promise.all(senders.map(async (sender) => ({ sender, answer: await send(sender, token) })))
    // In whatever order they were carried out, those that were accepted came before those that were refused.
    const isAccepted = ({ answer }: (typeof answers)[number]): boolean => typeof answer !== 'string'
    for (const { sender, answer } of [...answers.filter(isAccepted), ...answers.filter((one) => !isAccepted(one))]) settle(sender, token, answer)
    await check(token.grant)
  }

  async function revoke(node: number, token: ModelRefreshToken, { by, stranger }: Extract<Step, { kind: 'revoke' }>): Promise<void> {
    const { grant } = token
    const access = grant.accessTokens.at(-1)
    if (access === undefined) return
    const answer = await at(node).revoke(clientOf(stranger ? 1 - grant.client : grant.client), by === 'access' ? access.value : token.value)
    if (answer !== 'done') {
      expectTrue(answer === (stranger ? 'unauthorized_client' : 'invalid_client') || answer === 'invalid_client', `revocation refused with ${answer}`)
    } else if (by === 'access') {
      if (!stranger) model.killAccess(access, node)
    } else {
      expectTrue(!stranger || grant.standing !== 'alive', 'another client has revoked a grant')
      if (!stranger) close(grant, node)
    }
    await check(grant)
  }

  /** By its refresh token, which every node finds out from the grant's row. */
  function close(grant: ModelGrant, node: number): void {
    model.kill(grant, node)
    grant.isClosed = true
  }

  const isHitBy =
    (of: 'user' | 'client' | 'all', client: number) =>
    (grant: ModelGrant): boolean =>
      of === 'all' || (of === 'user' ? grant.ofUser : grant.client === client)

  async function cutOff(node: number, of: 'user' | 'client' | 'all', client: number): Promise<void> {
    const { revoke } = at(node).operations
    if (of === 'all') await revoke({ kind: 'all' })
    if (of === 'user') await revoke({ kind: 'subject', id: userId(user.id), open: false })
    if (of === 'client') await revoke({ kind: 'client', id: clientId(clientOf(client).id), open: false })
  }

  async function isToldAfterCutOff(node: number, of: 'user' | 'client' | 'all', client: number): Promise<void> {
    const wasTold = model.isTold(node)
    model.cutOff(node, isHitBy(of, client))
    // Of what others did before it has not been told.
    if (!wasTold) model.untold(node)
    for (const grant of model.grants.filter(isHitBy(of, client))) await check(grant)
  }

  async function flip(node: number, of: 'user' | 'client', client: number): Promise<void> {
    const { users, clients: registry } = at(node).operations
    const isOn = of === 'user' ? enabled.user : enabled.clients[client] === true
    if (of === 'user') await (isOn ? users.disable('anna') : users.enable('anna'))
    else await (isOn ? registry.disable(clientOf(client).id) : registry.enable(clientOf(client).id))
    if (of === 'user') enabled.user = !isOn
    else enabled.clients[client] = !isOn
    // The operator's verbs read the log to its end.
    model.cutOff(node, isHitBy(of, client))
    model.told(node)
    for (const grant of model.grants) await check(grant)
  }

  async function race(step: Extract<Step, { kind: 'race' }>, token: ModelRefreshToken): Promise<void> {
    const { node, other, by } = step
    const { grant } = token
    const revocation = by === 'refresh' ? at(other).revoke(clientOf(grant.client), token.value) : cutOff(other, by, grant.client).then(() => 'done')
    const [answer, revoked] = await Promise.all([send(node, token), revocation])
    if (by !== 'refresh' && !isHitBy(by, grant.client)(grant)) {
      settle(node, token, answer)
      return isToldAfterCutOff(other, by, grant.client)
    }
    if (revoked === 'done') {
      if (by === 'refresh') close(grant, other)
      else await isToldAfterCutOff(other, by, grant.client)
    } else if (grant.standing === 'alive') grant.standing = 'unknown'
    if (typeof answer !== 'string') {
      model.refreshTokens.push({ value: answer.refreshToken ?? '', grant })
      take(grant, answer)
    }
    await check(grant)
  }

  async function poll(node: number): Promise<void> {
    await at(node).poll()
    model.told(node)
    for (const grant of model.grants) await check(grant)
  }

  const verdicts = async (node: number): Promise<boolean[]> => {
    const found: boolean[] = []
    for (const { value, grant } of model.refreshTokens) found.push(await at(node).isActive(clientOf(grant.client), value, 'refresh_token'))
    for (const grant of model.grants) for (const { value } of grant.accessTokens) found.push(await at(node).isActive(clientOf(grant.client), value))
    return found
  }

  async function restart(node: number): Promise<void> {
    await poll(node)
    const before = await verdicts(node)
    nodes[node] = await start(node)
    expectTrue(JSON.stringify(await verdicts(node)) === JSON.stringify(before), 'a restart has changed a verdict')
  }

  async function perform(step: Step): Promise<void> {
    if (step.kind === 'advance') return clock.advance(step.seconds)
    const { node } = step
    switch (step.kind) {
      case 'issue':
        return issue(node, step.client, step.forUser)
      case 'cutoff':
        await cutOff(node, step.of, step.client)
        return isToldAfterCutOff(node, step.of, step.client)
      case 'switch':
        return flip(node, step.of, step.client)
      case 'poll':
        return poll(node)
      case 'restart':
        return restart(node)
    }
    const among =
      step.kind === 'refresh' && step.only === 'heads' ? model.refreshTokens.filter(({ value, grant }) => grant.head === value) : model.refreshTokens
    const token = newest(among, step.pick)
    if (token === undefined) return
    if (step.kind === 'refresh') return refresh(node, token)
    if (step.kind === 'burst') return burst(node, token, step.count)
    return step.kind === 'revoke' ? revoke(node, token, step) : race(step, token)
  }

  async function end(): Promise<void> {
    for (const grant of model.grants) await heads(grant)
    for (let node = 0; node < NODES; node++) await poll(node)
    for (const grant of model.grants) await heads(grant)
  }

  return { perform, end }
}

const describe = (answer: TokenResponse | string): string => (typeof answer === 'string' ? answer : 'issued')
