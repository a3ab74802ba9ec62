import { claimsOf, is, isAnswer, type Outcome } from './calls.js'
import { advance, bury, doubt, headOf, leavePending, type ModelGrant, mustKeepOnRetry, mustRepeat } from './model.js'
import type { ChaosNode } from './node.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const NEWEST = 60

/** What clients do, each with what the model makes of the answer. */
export function operations(stage: Stage, random: Random, onRevoked: (node: number) => void) {
  const node = (): ChaosNode => random.pick(stage.nodes)
  const refreshAt = (at: ChaosNode, grant: ModelGrant, token: string): Promise<Outcome> =>
    stage.call(at, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, grant.client)
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
    const [sentAt, token, wasPending] = [Date.now(), headOf(grant), grant.pending !== undefined]
    const outcomes = await Promise.all(nodes.map((at) => refreshAt(at, grant, token)))
    const what = `${nodes.length === 1 ? 'refresh' : 'race'} at ${nodes.map(({ index }) => index)}${wasPending ? ', again' : ''}`
    takeRefresh(stage, grant, outcomes, { sentAt, what })
  }
  return {
    issue: () => issue(stage, random, node()),
    refresh: () => withGrant(isOpen, (grant) => refresh(grant, [node()])),
    race: () => withGrant(isOpen, (grant) => refresh(grant, [node(), node()])),
    repeat: () =>
      withGrant(
        (grant) => mustRepeat(grant, Date.now()),
        async (grant) => takeRepetition(stage, grant, await refreshAt(node(), grant, grant.refreshTokens.at(-2) ?? '')),
      ),
    replay: () =>
      withGrant(
        (grant) => grant.refreshTokens.length > 2,
        async (grant) => takeReplay(stage, grant, await refreshAt(node(), grant, grant.refreshTokens.at(-3) ?? '')),
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
        const token = grant.tokens.find(({ standing }) => standing === 'alive')
        if (token === undefined) return
        const at = node()
        const outcome = await stage.call(at, '/oauth2/introspect', { token: token.value }, stage.checker)
        if (grant.standing !== 'alive' || token.standing !== 'alive' || !is(outcome, 200)) return
        if (outcome.body.active !== true) violate(stage.tally, 'e', `node ${at.index} refuses a token that nobody revoked (grant ${grant.id})`)
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

/** One answer, or several of one moment: whoever of them gave a pair has to have given the same successor. */
export function takeRefresh(
  { tally }: Stage,
  grant: ModelGrant,
  outcomes: readonly Outcome[],
  { sentAt, what }: { readonly sentAt: number; readonly what: string },
): void {
  const pairs = outcomes.filter((outcome) => is(outcome, 200))
  if (outcomes.includes('late')) doubt(grant)
  if (outcomes.some((outcome) => is(outcome, 400)) && mustKeepOnRetry(grant, Date.now())) {
    violate(tally, grant.pending === undefined ? 'a' : 'h', `${what}: a live head was refused (grant ${grant.id})`)
  }
  const [first] = pairs
  if (first === undefined) {
    if (outcomes.every((outcome) => is(outcome, 400))) doubt(grant)
    leavePending(grant, sentAt, outcomes.length)
    return
  }
  if (grant.isRowRevoked) violate(tally, 'b', `${what}: a revoked grant was advanced (grant ${grant.id})`)
  const successors = new Set(pairs.map(({ body }) => body.refresh_token))
  if (successors.size > 1) violate(tally, 'a', `${what}: two successors of one refresh token (grant ${grant.id})`)
  tally.acknowledgedWrites += 1
  advance(grant, String(first.body.refresh_token), String(first.body.access_token), sentAt)
  for (const { body } of pairs.slice(1)) grant.tokens.push({ value: String(body.access_token), standing: 'alive' })
  if (grant.before !== undefined) grant.before.uses += outcomes.length - 1
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
