import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from './load.js'
import type { ChaosNode } from './node.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { countFault } from './tally.js'

type Fault = (stage: Stage, random: Random, load: Load) => Promise<void>

/** Each does its harm, lasts, and is over when its promise is. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 a node': async (stage, random) => restart(random.pick(stage.nodes)),
  'kill -9 a node after its 200 to a revocation': async ({ nodes }, _random, load) => {
    const killed = await nextRevocation(load)
    const node = nodes.find(({ index }) => index === killed)
    if (node !== undefined) await restart(node)
  },
  'stop and continue Redis': async ({ redis }, random) => {
    redis.freeze()
    await lasting(random)
    redis.thaw()
  },
  'flush Redis': async ({ redis }) => redis.flush(),
  'restart Redis, empty': async ({ redis }, random) => {
    await redis.crash()
    await lasting(random)
    await redis.start()
  },
  'crash and restart the database': async ({ database }, random) => {
    await database.crash()
    await lasting(random)
    await database.start()
  },
  'cut SQL from one node': (stage, random) => during(random, [random.pick(stage.nodes).sql], 'cut'),
  'cut Redis from one node': (stage, random) => during(random, [random.pick(stage.nodes).redis], 'cut'),
  'cut SQL and Redis from one node': (stage, random) => {
    const { sql, redis } = random.pick(stage.nodes)
    return during(random, [sql, redis], 'cut')
  },
  'stall SQL of one node': (stage, random) => during(random, [random.pick(stage.nodes).sql], 'stall'),
  'stall Redis of one node': (stage, random) => during(random, [random.pick(stage.nodes).redis], 'stall'),
  'slow SQL and Redis of one node': (stage, random) => {
    const { sql, redis } = random.pick(stage.nodes)
    return during(random, [sql, redis], 'pass', 20 + random.below(200))
  },
}

const KINDS = Object.keys(FAULTS)
const REVOCATION_WITHIN_MS = 2500

/** One of them, by chance. */
export async function injectFault(stage: Stage, random: Random, load: Load): Promise<void> {
  const kind = random.pick(KINDS)
  countFault(stage.tally, kind)
  await FAULTS[kind]?.(stage, random, load)
}

const lasting = (random: Random): Promise<void> => sleep(300 + random.below(1700))

async function restart(node: ChaosNode): Promise<void> {
  await node.kill()
  await node.start()
}

async function during(random: Random, lines: readonly ChaosNode['sql'][], mode: 'pass' | 'cut' | 'stall', delayMs = 0): Promise<void> {
  for (const line of lines) line.set(mode, delayMs)
  await lasting(random)
  for (const line of lines) line.set('pass')
}

/** Kills in the very turn in which the answer was read: what was committed may not have been published yet. */
function nextRevocation(load: Load): Promise<number | undefined> {
  return new Promise((resolve) => {
    const end = (node?: number): void => {
      clearTimeout(timer)
      load.onRevoked = undefined
      resolve(node)
    }
    const timer = setTimeout(end, REVOCATION_WITHIN_MS)
    load.onRevoked = end
  })
}
