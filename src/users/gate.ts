import { Overloaded } from '../errors/operational-errors.js'

export interface GateSettings {
  /** How many run at once. */
  readonly running: number
  /** How many may wait for their turn; one more is turned away. */
  readonly waiting: number
}

/** Runs a task when it is its turn. @throws Overloaded when too many wait already; then the task is not run. */
export type Gate = <Result>(task: () => Promise<Result>) => Promise<Result>

export function createGate({ running, waiting }: GateSettings): Gate {
  const queue: (() => void)[] = []
  let active = 0

  async function enter(): Promise<void> {
    if (active < running) {
      active += 1
      return
    }
    if (queue.length >= waiting) throw new Overloaded('password hashing')
    // The one who leaves hands over its place, so nobody can slip in between.
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function leave(): void {
    const next = queue.shift()
    if (next) next()
    else active -= 1
  }

  return async (task) => {
    await enter()
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
