import type { ModelClient, ModelUser } from './model.js'
import type { ChaosNode } from './node.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const AWAY = 3
const HEAL_ATTEMPTS = 5

/** Disables, enables and cuts off users and clients by the command line, as an operator does. */
export function registry(stage: Stage, random: Random) {
  const [toggledUser, cutUser] = stage.users.slice(1) as [ModelUser, ModelUser]
  const toggledClient = stage.clients.find(({ isSteady }) => !isSteady) as ModelClient
  const targets = [
    { list: 'users', one: toggledUser },
    { list: 'apps', one: toggledClient },
  ] as const
  return {
    async change(): Promise<void> {
      const at = random.pick(stage.nodes)
      if (random.chance(0.3)) return cutOff(stage, at, cutUser)
      const { list, one } = random.pick(targets)
      await (one.state === 'disabled' ? enable(stage, at, list, one) : disable(stage, at, list, one))
    },
    /** Everybody is let in again. */
    async heal(): Promise<void> {
      await Promise.all(
        targets.map(async ({ list, one }) => {
          for (let attempt = 0; one.state !== 'active' && attempt < HEAL_ATTEMPTS; attempt++) await enable(stage, random.pick(stage.nodes), list, one)
          if (one.state !== 'active') violate(stage.tally, 'g', `${list} enable does not succeed once everything is back`)
        }),
      )
    },
  }
}

type Target = ModelUser | ModelClient

const isOf = (one: Target) => (grant: { readonly client: ModelClient; readonly user: ModelUser | undefined }) =>
  grant.client === one || grant.user === one

async function disable(stage: Stage, at: ChaosNode, list: string, one: Target): Promise<void> {
  one.state = 'unknown'
  const end = stage.model.beginCutOff(isOf(one), Date.now())
  const isAcknowledged = await run(stage, at, [list, 'disable', one.id])
  end({ isAcknowledged, now: Date.now() })
  if (isAcknowledged) one.state = 'disabled'
}

async function enable(stage: Stage, at: ChaosNode, list: string, one: Target): Promise<void> {
  // What was granted before stays refused, and what is granted until the cut-off is over may be.
  const end = stage.model.beginCutOff(isOf(one), Date.now())
  if (await run(stage, at, [list, 'enable', one.id])) one.state = 'active'
  end({ isAcknowledged: false, now: Date.now() })
}

async function cutOff(stage: Stage, at: ChaosNode, user: ModelUser): Promise<void> {
  const end = stage.model.beginCutOff(isOf(user), Date.now())
  end({ isAcknowledged: await run(stage, at, ['revoke', 'user', user.id]), now: Date.now() })
}

/** @returns whether it was acknowledged. An honest command that was not says 3: what it needs is away. */
async function run({ tally }: Stage, at: ChaosNode, args: readonly string[]): Promise<boolean> {
  tally.requests += 1
  const { code, stdout, stderr } = await at.run(args)
  if (code === 0) tally.acknowledgedWrites += 1
  else if (code === AWAY) tally.refusedHonestly += 1
  else violate(tally, 'g', `jeton ${args.slice(0, 2).join(' ')} ended with ${code}: ${`${stdout}${stderr}`.slice(0, 300)}`)
  return code === 0
}
