import { setTimeout as sleep } from 'node:timers/promises'
import { checkHeads, repeatRefreshes } from './check-heads.js'
import { checkLog, checkSnapshots } from './check-log.js'
import { checkRestart, checkVerdicts, chooseTokens } from './check-verdicts.js'
import { plantDefect, staleNode } from './defects.js'
import { type Durable, readDurable } from './durable.js'
import { injectFault } from './faults.js'
import { type Load, runLoad } from './load.js'
import { heal, untilQuiet } from './quiet.js'
import { createRandom, type Random } from './random.js'
import { registry } from './registry.js'
import type { Stage } from './stage.js'

const LOAD_MS = 2500
const CHANGE_PAUSE_MS = 2500
const WARM_MS = 300
/** Whoever was shut out is let in again every so many rounds, if no command has done so before. */
const HEAL_EVERY = 4
const JUDGED_AGAIN = 100
const FAULTS_AT_MOST = 4

/** Load with faults, then peace, then every check. @returns what the log held at the end. */
export async function playRound(stage: Stage, round: number, before: Durable | undefined): Promise<Durable> {
  const random = createRandom(stage.options.seed, round)
  await harm(stage, round, random)
  await heal(stage)
  const well = stage.nodes.filter((node) => !staleNode(stage).includes(node))
  await untilQuiet(stage, well)
  await repeatRefreshes(stage, well, random)
  await untilQuiet(stage, well)
  await plantDefect(stage)
  const durable = await readDurable(stage.database.sql)
  const chosen = chooseTokens(stage, random)
  checkLog(stage, before, durable)
  await checkSnapshots(stage, stage.nodes, durable)
  await checkHeads(stage, well, random)
  await checkVerdicts(stage, stage.nodes, durable, chosen)
  await checkRestart(stage, random.pick(well), chosen.slice(-JUDGED_AGAIN))
  if (round % HEAL_EVERY === 0) await registry(stage, random).heal()
  return durable
}

async function harm(stage: Stage, round: number, random: Random): Promise<void> {
  const stop = new AbortController()
  const load: Load = { onRevoked: new Set() }
  const running = runLoad(stage, load, round, stop.signal)
  await sleep(WARM_MS)
  if (stage.options.defect === 'stale-node') await plantDefect(stage)
  const end = performance.now() + LOAD_MS
  const count = 2 + random.below(FAULTS_AT_MOST - 1)
  const changes = changeRegistry(stage, createRandom(stage.options.seed, round, 0, 1), end)
  // A fault that ends would heal the node that is to stay stale.
  const harmed = { ...stage, nodes: stage.nodes.filter((node) => !staleNode(stage).includes(node)) }
  const faults = Array.from({ length: count }, async (_, at) => {
    const own = createRandom(stage.options.seed, round, 0, at + 2)
    await sleep(own.below(LOAD_MS / 2))
    await injectFault(harmed, own, load)
  })
  await Promise.all([...faults, changes, sleep(LOAD_MS)])
  stop.abort()
  await running
}

async function changeRegistry(stage: Stage, random: Random, end: number): Promise<void> {
  const { change } = registry(stage, random)
  for (;;) {
    await sleep(random.below(CHANGE_PAUSE_MS))
    if (performance.now() > end) return
    await change()
  }
}
