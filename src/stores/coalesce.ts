import { Overloaded } from '../errors/operational-errors.js'

export interface CoalesceSettings {
  /** What is coalesced, for the operator. */
  readonly name: string
  /** How many share one commit at most. */
  readonly maxBatch: number
  /** How many may wait; one more is refused. */
  readonly maxQueue: number
  /**
   * Lets what has arrived meanwhile be read. A database that does its work in this very thread leaves no time for that while
   * it commits, so each batch waits for one turn before it begins.
   */
  readonly nextTurn: () => Promise<void>
}

export interface Coalescer<Item, Result> {
  /** @throws Overloaded when the queue is full; whatever `commit` throws, when the item's batch failed. */
  submit(item: Item): Promise<Result>
  /** Items that wait or are being committed now. */
  pending(): number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Lets many callers share one commit: while a batch is being committed the next one gathers.
 * Each caller is answered only after the commit that holds its item; a batch that fails fails for all in it.
 * `commit` gets the items in the order of their arrival and returns one result for each.
 */
export function createCoalescer<Item, Result>(
  commit: (batch: readonly Item[]) => Promise<readonly Result[]>,
  { name, maxBatch, maxQueue, nextTurn }: CoalesceSettings,
): Coalescer<Item, Result> {
  const queue: Waiting<Item, Result>[] = []
  let isDraining = false
  let committing = 0

  async function drain(): Promise<void> {
    isDraining = true
    while (queue.length > 0) {
      await nextTurn()
      const batch = queue.splice(0, maxBatch)
      committing = batch.length
      await settle(batch, commit)
      committing = 0
    }
    isDraining = false
  }

  return {
    submit: (item) =>
      new Promise<Result>((resolve, reject) => {
        if (queue.length >= maxQueue) {
          reject(new Overloaded(name))
          return
        }
        queue.push({ item, resolve, reject })
        if (!isDraining) void drain()
      }),
    pending: () => queue.length + committing,
  }
}

async function settle<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  commit: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await commit(batch.map(({ item }) => item))
    if (results.length !== batch.length) throw new RangeError(`${results.length} results for ${batch.length} items`)
    batch.forEach(({ resolve }, index) => {
      resolve(results[index] as Result)
    })
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}
