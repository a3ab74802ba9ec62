import { is } from './calls.js'
import { inTurns } from './check-verdicts.js'
import { headOf, type ModelGrant } from './model.js'
import type { ChaosNode } from './node.js'
import { presentHead } from './operations.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const RECENT = 50
const PROBED = 12

const recentGrants = ({ model }: Stage): readonly ModelGrant[] => model.grants.slice(-RECENT).filter(({ client }) => client.isSteady)

/** (h): whoever repeats a refresh that was not answered gets it. After its grace that is a replay, which writes an entry. */
export async function repeatRefreshes(stage: Stage, nodes: readonly ChaosNode[], random: Random): Promise<void> {
  await inTurns(
    recentGrants(stage).filter(({ pending, standing }) => pending !== undefined && standing !== 'dead'),
    (grant) => presentHead(stage, grant, [random.pick(nodes)]),
  )
}

/** (a): one head for each grant at most. */
export async function checkHeads(stage: Stage, nodes: readonly ChaosNode[], random: Random): Promise<void> {
  const grants = recentGrants(stage)
  await inTurns(grants, (grant) => checkHead(stage, random.pick(nodes), grant))
  const dead = grants.filter(({ standing }) => standing === 'dead').slice(-PROBED)
  await inTurns(dead, (grant) => checkDead(stage, random.pick(nodes), grant))
}

async function checkHead({ call, tally }: Stage, node: ChaosNode, grant: ModelGrant): Promise<void> {
  const last = grant.refreshTokens.slice(-3)
  const outcomes = await Promise.all(last.map((token) => call(node, '/oauth2/introspect', { token, token_type_hint: 'refresh_token' }, grant.client)))
  const active = last.filter((_, at) => {
    const outcome = outcomes[at]
    return outcome !== undefined && is(outcome, 200) && outcome.body.active === true
  })
  tally.checks += 1
  if (active.length > 1) violate(tally, 'a', `${active.length} live heads (grant ${grant.id})`)
  if (grant.pending !== undefined) return
  const isHeadActive = active.includes(headOf(grant))
  if (active.length > 0 && !isHeadActive) violate(tally, 'a', `a spent refresh token is the head again (grant ${grant.id})`)
  if (grant.standing === 'dead' && active.length > 0) violate(tally, 'b', `the head of a dead grant lives (grant ${grant.id})`)
  if (grant.standing === 'alive' && !isHeadActive) violate(tally, 'e', `the head of a living grant does not live (grant ${grant.id})`)
}

async function checkDead({ call, tally }: Stage, node: ChaosNode, grant: ModelGrant): Promise<void> {
  const outcome = await call(node, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: headOf(grant) }, grant.client)
  tally.checks += 1
  if (is(outcome, 200)) violate(tally, 'b', `node ${node.index} refreshes a dead grant (grant ${grant.id})`)
}
