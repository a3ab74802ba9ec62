import { setTimeout as sleep } from 'node:timers/promises'
import { claimsOf, is, isAnswer, type Outcome } from './calls.js'
import { isOver } from './lifetime.js'
import { advance, bury, doubt, headOf, leavePending, type ModelGrant, mustKeepOnRetry, mustRepeat } from './model.js'
import type { ChaosNode } from './node.js'
import { GRACE_MS } from './outages.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const NEWEST = 60
/** A client that got no answer to a refresh mostly asks again at once, and until it is answered or loses patience. */
const PERSISTENT = 0.7
const PERSIST_MS = 15_000
const PAUSE_MS = 300

/** What clients do, each with what the model makes of the answer. */
export function operations(stage: Stage, random: Random, onRevoked: (node: number) => void) {
  const node = (): ChaosNode => random.pick(stage.nodes)
  const withGrant = async (isRight: (grant: ModelGrant) => boolean, work: (grant: ModelGrant) => Promise<void>): Promise<void> => {
    const free = stage.model.grants.slice(-NEWEST).filter((grant) => !grant.isBusy && isRight(grant))
    if (free.length === 0) return
    const grant = random.pick(free)
    grant.isBusy = true
    await work(grant).finally(() => {
      grant.isBusy = false
    })
  }
  const refresh = async (grant: ModelGrant, nodes: readonly ChaosNode[]): Promise<void> => {
    await presentHead(stage, grant, nodes)
    if (grant.pending === undefined || !random.chance(PERSISTENT)) return
    const end = Date.now() + PERSIST_MS
    // At the same node or through a load balancer: both kinds of clients exist.
    const next = random.chance(0.5) ? () => nodes[0] as ChaosNode : node
    while (grant.pending !== undefined && grant.standing === 'alive' && Date.now() < end) {
      await sleep(50 + random.below(PAUSE_MS))
      await presentHead(stage, grant, [next()])
    }
  }
  return {
    issue: () => issue(stage, random, node()),
    refresh: () => withGrant(isOpen, (grant) => refresh(grant, [node()])),
    race: () => withGrant(isOpen, (grant) => refresh(grant, [node(), node()])),
    repeat: () =>
      withGrant(
        (grant) => mustRepeat(grant, Date.now()),
        async (grant) => takeRepetition(stage, grant, await refreshAt(stage, node(), grant, grant.refreshTokens.at(-2) ?? '')),
      ),
    replay: () =>
      withGrant(
        (grant) => grant.refreshTokens.length > 2,
        async (grant) => takeReplay(stage, grant, await refreshAt(stage, node(), grant, grant.refreshTokens.at(-3) ?? '')),
      ),
    revokeGrant: () =>
      withGrant(isOpen, async (grant) => {
        const at = node()
        const outcome = await stage.call(at, '/oauth2/revoke', { token: headOf(grant) }, grant.client)
        if (!is(outcome, 200)) return doubt(grant)
        bury(grant)
        await proveRefused(stage, at, grant.tokens.at(-1)?.value ?? '', onRevoked)
      }),
    revokeToken: () =>
      withGrant(isOpen, async (grant) => {
        const [at, token] = [node(), random.pick(grant.tokens)]
        const outcome = await stage.call(at, '/oauth2/revoke', { token: token.value }, grant.client)
        if (!is(outcome, 200)) return doubt(token)
        token.standing = 'dead'
        await proveRefused(stage, at, token.value, onRevoked)
      }),
    introspect: () =>
      withGrant(isOpen, async (grant) => {
        const token = grant.tokens.find((one) => one.standing === 'alive' && !isOver(one))
        if (token === undefined) return
        const at = node()
        const outcome = await stage.call(at, '/oauth2/introspect', { token: token.value }, stage.checker)
        if (grant.standing !== 'alive' || token.standing !== 'alive' || !is(outcome, 200)) return
        if (outcome.body.active !== true && !isOver(token))
          violate(stage.tally, 'e', `node ${at.index} refuses a token that nobody revoked (grant ${grant.id})`)
      }),
  }
}

export type Operations = ReturnType<typeof operations>

/** Not for a client that may be refused for its own sake. */
const isOpen = (grant: ModelGrant): boolean => grant.client.state === 'active' && grant.standing !== 'dead'

async function issue(stage: Stage, random: Random, at: ChaosNode): Promise<void> {
  const client = random.pick(stage.clients)
  const user = random.chance(0.3) ? random.pick(stage.users) : undefined
  const parameters =
    user === undefined ? { grant_type: 'client_credentials' } : { grant_type: 'password', username: user.name, password: user.password }
  const sentAt = Date.now()
  const outcome = await stage.call(at, '/oauth2/token', parameters, client)
  if (is(outcome, 401) && client.isSteady) violate(stage.tally, 'g', `node ${at.index} does not know a client: ${String(outcome.body.error)}`)
  if (!is(outcome, 200)) return
  const [access, refresh] = [String(outcome.body.access_token), String(outcome.body.refresh_token)]
  const id = String(claimsOf(refresh).grant_id)
  const answeredAt = Date.now()
  stage.model.add({ id, client, user, answeredAt, tokens: [{ value: access, standing: 'alive' }], refreshTokens: [refresh] }, sentAt)
}

const refreshAt = (stage: Stage, at: ChaosNode, { client }: ModelGrant, token: string): Promise<Outcome> =>
  stage.call(at, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, client)

interface Presented {
  readonly outcome: Outcome
  readonly node: number
  readonly servesSince: number | undefined
  readonly endedAt: number
}

/** The head of a grant, at several nodes at once: whoever of them gives a pair has to give the same successor. */
export async function presentHead(stage: Stage, grant: ModelGrant, nodes: readonly ChaosNode[]): Promise<void> {
  const [sentAt, token, pending] = [Date.now(), headOf(grant), grant.pending]
  const presented = await Promise.all(
    nodes.map(async (at): Promise<Presented> => {
      const servesSince = at.servesSince()
      const outcome = await refreshAt(stage, at, grant, token)
      return { outcome, node: at.index, servesSince, endedAt: Date.now() }
    }),
  )
  const again = pending === undefined ? '' : `, again after ${sentAt - pending.since} ms and ${pending.attempts} attempts`
  takeRefresh(stage, grant, presented, { sentAt, what: `refresh at ${nodes.map(({ index }) => index)}${again}` })
}

function takeRefresh(
  { tally, model }: Stage,
  grant: ModelGrant,
  presented: readonly Presented[],
  { sentAt, what }: { readonly sentAt: number; readonly what: string },
): void {
  const outcomes = presented.map(({ outcome }) => outcome)
  const pairs = outcomes.filter((outcome) => is(outcome, 200))
  const isDue = ({ outcome: _, ...judgement }: Presented): boolean => mustKeepOnRetry(model, grant, { ...judgement, now: judgement.endedAt })
  if (outcomes.includes('late')) doubt(grant)
  const refused = presented.find(({ outcome }) => is(outcome, 400))
  if (refused !== undefined && isDue(refused)) {
    violate(tally, grant.pending === undefined ? 'a' : 'h', `${what}: a live head was refused (grant ${grant.id})`)
  }
  // Refused by one that may: then it may have been taken for a replay, and the grant be revoked.
  if (refused !== undefined) doubt(grant)
  const [first] = pairs
  if (first === undefined) {
    // What certainly did not reach the database was not counted by it.
    const counted = presented.filter(({ node, endedAt }) => !model.outages.wasAway(node, sentAt, endedAt))
    leavePending(grant, sentAt, counted.length)
    return
  }
  if (presented.every(isDue) && isAfterGrace(String(first.body.refresh_token), sentAt)) tally.keptAfterOutage += 1
  if (grant.isRowRevoked) violate(tally, 'b', `${what}: a revoked grant was advanced (grant ${grant.id})`)
  const successors = new Set(pairs.map(({ body }) => body.refresh_token))
  if (successors.size > 1) violate(tally, 'a', `${what}: two successors of one refresh token (grant ${grant.id})`)
  tally.acknowledgedWrites += 1
  advance(grant, String(first.body.refresh_token), String(first.body.access_token), sentAt)
  for (const { body } of pairs.slice(1)) grant.tokens.push({ value: String(body.access_token), standing: 'alive' })
  if (grant.before !== undefined) grant.before.uses += outcomes.length - 1
}

/** Its `iat` is when the row moved, by the database's clock. */
function isAfterGrace(successor: string, sentAt: number): boolean {
  return Math.floor(sentAt / 1000) > Number(claimsOf(successor).iat) + GRACE_MS / 1000
}

function takeRepetition({ tally }: Stage, grant: ModelGrant, outcome: Outcome): void {
  const isDue = mustRepeat(grant, Date.now())
  if (grant.before !== undefined) grant.before.uses += 1
  if (outcome === 'late') doubt(grant)
  if (is(outcome, 400) && isDue) violate(tally, 'h', `a repetition within the grace was refused (grant ${grant.id})`)
  if (is(outcome, 400)) doubt(grant)
  if (!is(outcome, 200)) return
  if (outcome.body.refresh_token !== headOf(grant)) violate(tally, 'a', `a repetition gave another successor (grant ${grant.id})`)
  grant.tokens.push({ value: String(outcome.body.access_token), standing: 'alive' })
}

function takeReplay({ tally }: Stage, grant: ModelGrant, outcome: Outcome): void {
  if (is(outcome, 200)) violate(tally, 'a', `a spent refresh token was accepted (grant ${grant.id})`)
  // Of a grant in doubt the refusal may have another reason, which leaves its row as it is.
  if (!is(outcome, 400) || grant.standing !== 'alive') doubt(grant)
  else {
    tally.acknowledgedWrites += 1
    bury(grant)
  }
}

/** Whoever has said 200 refuses at once, also when it was killed and started since. */
async function proveRefused({ tally, call, checker }: Stage, at: ChaosNode, token: string, onRevoked: (node: number) => void): Promise<void> {
  tally.acknowledgedWrites += 1
  onRevoked(at.index)
  const outcome = await call(at, '/oauth2/introspect', { token }, checker)
  if (isAnswer(outcome) && outcome.body.active === true) violate(tally, 'b', `node ${at.index} accepts what it has revoked itself`)
}
