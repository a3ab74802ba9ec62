import { is } from './calls.js'
import { type Durable, type DurableEntry, inForce, isHit } from './durable.js'
import { isOver } from './lifetime.js'
import { type ModelGrant, type ModelToken, type Standing, standingOf } from './model.js'
import type { ChaosNode } from './node.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const AT_ONCE = 16
const RECENT_GRANTS = 60
const OLDER_GRANTS = 20

export interface Judged {
  readonly grant: ModelGrant
  readonly token: ModelToken
}

/** All tokens of the newest grants, and some of older ones. */
export function chooseTokens({ model }: Stage, random: Random): readonly Judged[] {
  const older = model.grants.slice(0, -RECENT_GRANTS)
  const some = older.length === 0 ? [] : Array.from({ length: OLDER_GRANTS }, () => random.pick(older))
  const tokensOf = (grant: ModelGrant): readonly Judged[] => grant.tokens.map((token) => ({ grant, token }))
  return [...new Set([...model.grants.slice(-RECENT_GRANTS), ...some])].flatMap(tokensOf)
}

/** (b), (d), (e), (f): what was revoked is refused by every node and gateway, the rest by none, and all as the rows say. */
export async function checkVerdicts(stage: Stage, nodes: readonly ChaosNode[], durable: Durable, chosen: readonly Judged[]): Promise<void> {
  const force = inForce(durable.entries)
  const judges = [...nodes.map((node) => nodeJudge(stage, node)), ...stage.gateways.map(gatewayJudge)]
  await inTurns(chosen, async ({ grant, token }) => {
    const standing = standingOf(grant, token)
    for (const judge of judges) await checkOne(stage, judge, { grant, token, standing, force })
  })
}

interface Case extends Judged {
  readonly standing: Standing
  readonly force: ReadonlyMap<string, DurableEntry>
}

interface Judge {
  readonly name: string
  readonly rule: 'b' | 'd'
  /** undefined: no verdict. */
  accepts(token: string): Promise<boolean | undefined>
}

async function checkOne({ tally }: Stage, judge: Judge, { grant, token, standing, force }: Case): Promise<void> {
  const accepted = await judge.accepts(token.value)
  tally.checks += 1
  if (accepted === undefined) return violate(tally, 'g', `${judge.name} gives no verdict when all is well`)
  if (!accepted && isOver(token)) return
  const hit = isHit(force, token.value)
  if (accepted && standing === 'dead') violate(tally, judge.rule, `${judge.name} accepts a token that was revoked (grant ${grant.id})`)
  else if (accepted && hit) violate(tally, 'f', `${judge.name} accepts a token that an entry hits (grant ${grant.id})`)
  else if (!accepted && standing === 'alive')
    violate(tally, 'e', `${judge.name} refuses a token that nobody revoked (grant ${grant.id}, hit: ${hit})`)
  else if (!accepted && !hit) violate(tally, 'f', `${judge.name} refuses a token that no entry hits (grant ${grant.id}, ${standing})`)
}

function nodeJudge({ call, checker }: Stage, node: ChaosNode): Judge {
  return {
    name: `node ${node.index}`,
    rule: 'b',
    async accepts(token) {
      const outcome = await call(node, '/oauth2/introspect', { token }, checker)
      return is(outcome, 200) ? outcome.body.active === true : undefined
    },
  }
}

function gatewayJudge(gateway: Stage['gateways'][number], index: number): Judge {
  return {
    name: `gateway ${index}`,
    rule: 'd',
    async accepts(token) {
      const verdict = await gateway.verify(token)
      return !verdict.accepted && (verdict.reason === 'not_ready' || verdict.reason === 'stale') ? undefined : verdict.accepted
    },
  }
}

/** (e): the verdicts of one node before and after it was killed and started. */
export async function checkRestart(stage: Stage, node: ChaosNode, chosen: readonly Judged[]): Promise<void> {
  const judge = nodeJudge(stage, node)
  const verdicts = (): Promise<readonly (boolean | undefined)[]> => inTurns(chosen, ({ token }) => judge.accepts(token.value))
  const before = await verdicts()
  await node.kill()
  await node.start()
  const after = await verdicts()
  for (const [at, { grant, token }] of chosen.entries()) {
    stage.tally.checks += 1
    const hasExpired = before[at] === true && after[at] === false && isOver(token)
    if (before[at] !== after[at] && !hasExpired)
      violate(stage.tally, 'e', `${judge.name} said ${before[at]}, and ${after[at]} after its restart (grant ${grant.id})`)
  }
}

export async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return results
}
