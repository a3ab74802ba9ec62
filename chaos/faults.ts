import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from './load.js'
import type { ChaosNode } from './node.js'
import { GRACE_MS } from './outages.js'
import type { Random } from './random.js'
import type { Stage } from './stage.js'
import { countFault } from './tally.js'
import type { Harm, TcpProxy } from './tcp-proxy.js'

type Fault = (stage: Stage, random: Random, load: Load) => Promise<void>

/** Each does its harm, lasts, and is over when its promise is. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 a node': ({ nodes }, random) => restart(random.pick(nodes)),
  'kill -9 a node between its commits and their answers': async ({ nodes }, random) => {
    const node = random.pick(nodes)
    const lift = await loseAnswers([node], random)
    const killed = node.kill()
    lift()
    await killed
    await node.start()
  },
  'kill -9 a node between its 200 to a revocation and the publishing': async ({ nodes }, random, load) => {
    const node = random.pick(nodes)
    const lift = node.redis.harm('stall')
    const killed = (await nextRevocation(load, node)) ? node.kill() : undefined
    node.redis.drop()
    lift()
    await killed?.then(() => node.start())
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
  'crash and restart the database': (stage, random) => crashDatabase(stage, () => lasting(random)),
  'crash the database for longer than the grace': async (stage, random) => {
    await crashDatabase(stage, () => longerThanTheGrace(random), await loseAnswers(stage.nodes, random))
  },
  'cut SQL from one node': (stage, random) => cutSql(stage, random.pick(stage.nodes), () => lasting(random)),
  'cut SQL from one node for longer than the grace': async (stage, random) => {
    const node = random.pick(stage.nodes)
    await cutSql(stage, node, () => longerThanTheGrace(random), await loseAnswers([node], random))
  },
  'cut Redis from one node': (stage, random) => during(random, [random.pick(stage.nodes).redis], 'cut'),
  'cut SQL and Redis from one node': (stage, random) => {
    const node = random.pick(stage.nodes)
    return cutSql(stage, node, () => during(random, [node.redis], 'cut'))
  },
  'stall SQL of one node': (stage, random) => during(random, [random.pick(stage.nodes).sql], 'stall'),
  'stall Redis of one node': (stage, random) => during(random, [random.pick(stage.nodes).redis], 'stall'),
  'slow SQL and Redis of one node': (stage, random) => {
    const { sql, redis } = random.pick(stage.nodes)
    return during(random, [sql, redis], 20 + random.below(200))
  },
  'clock of one node 2 s ahead': ({ nodes }, random) => shiftClock(random.pick(nodes), 2000, random),
  'clock of one node 2 s behind': ({ nodes }, random) => shiftClock(random.pick(nodes), -2000, random),
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
const longerThanTheGrace = (random: Random): Promise<void> => sleep(GRACE_MS + 300 + random.below(700))

async function restart(node: ChaosNode): Promise<void> {
  await node.kill()
  await node.start()
}

async function during(random: Random, lines: readonly TcpProxy[], harm: Harm): Promise<void> {
  const lifts = lines.map((line) => line.harm(harm))
  await lasting(random)
  for (const lift of lifts) lift()
}

/** What these nodes have the database do from now on is done, and they are never told. @returns what ends that. */
async function loseAnswers(nodes: readonly ChaosNode[], random: Random): Promise<() => void> {
  const lifts = nodes.map(({ sql }) => sql.harm('mute'))
  await sleep(50 + random.below(200))
  return () => {
    for (const { sql } of nodes) sql.drop()
    for (const lift of lifts) lift()
  }
}

async function crashDatabase({ database, model }: Stage, last: () => Promise<void>, onDown?: () => void): Promise<void> {
  const outage = model.outages.begin()
  await database.crash()
  onDown?.()
  outage.down = Date.now()
  await last()
  await database.start()
  await database.sql('SELECT 1')
  outage.ended = Date.now()
}

async function cutSql({ model }: Stage, { index, sql }: ChaosNode, last: () => Promise<unknown>, onDown?: () => void): Promise<void> {
  const outage = model.outages.begin(index)
  const lift = sql.harm('cut')
  onDown?.()
  outage.down = Date.now()
  await last()
  lift()
  outage.ended = Date.now()
}

/** Half of them stay so, also while everything is checked, until that clock is set again. */
async function shiftClock({ clock }: ChaosNode, offMs: number, random: Random): Promise<void> {
  clock.set(offMs)
  await lasting(random)
  if (random.chance(0.5)) clock.set(0)
}

/** Kills in the very turn in which the answer was read. @returns whether this node has acknowledged a revocation in time. */
function nextRevocation(load: Load, { index }: ChaosNode): Promise<boolean> {
  return new Promise((resolve) => {
    const hear = (node: number): void => {
      if (node === index) end(true)
    }
    const end = (is: boolean): void => {
      clearTimeout(timer)
      load.onRevoked.delete(hear)
      resolve(is)
    }
    const timer = setTimeout(() => end(false), REVOCATION_WITHIN_MS)
    load.onRevoked.add(hear)
  })
}
