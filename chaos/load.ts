import { setTimeout as sleep } from 'node:timers/promises'
import { type Operations, operations } from './operations.js'
import { createRandom, type Random } from './random.js'
import type { Stage } from './stage.js'

/** How often each is chosen. */
const WEIGHTS: Readonly<Record<keyof Operations, number>> = {
  issue: 6,
  refresh: 8,
  race: 2,
  repeat: 3,
  replay: 1,
  revokeGrant: 2,
  revokeToken: 2,
  introspect: 3,
}
const CHOICES = (Object.keys(WEIGHTS) as (keyof Operations)[]).flatMap((name) => Array.from({ length: WEIGHTS[name] }, () => name))
const WORKERS = 6
const PAUSE_MS = 20

export interface Load {
  /** Called with the node that has just acknowledged a revocation, before anything else happens. */
  readonly onRevoked: Set<(node: number) => void>
}

/** Sends requests of all kinds to nodes at random until `signal`. */
export async function runLoad(stage: Stage, load: Load, round: number, signal: AbortSignal): Promise<void> {
  const workers = Array.from({ length: WORKERS }, (_, worker) => work(stage, load, createRandom(stage.options.seed, round, worker + 1), signal))
  await Promise.all(workers)
}

async function work(stage: Stage, load: Load, random: Random, signal: AbortSignal): Promise<void> {
  const perform = operations(stage, random, (node) => {
    for (const hear of load.onRevoked) hear(node)
  })
  while (!signal.aborted) {
    await perform[random.pick(CHOICES)]()
    await sleep(random.below(PAUSE_MS))
  }
}
