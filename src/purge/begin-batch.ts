import type { BatchRequest, PurgedBatch, PurgeTarget } from '../stores/purge-target.js'

/** A batch that is under way, or was. */
export interface BegunBatch {
  /** Where the next one begins, as soon as that is certain; null: the end is reached. */
  readonly end: Promise<string | null>
  /** Its rows are deleted, where the target says so; else it is done. */
  readonly deleted: Promise<unknown>
  /** It is committed, and told of. */
  readonly done: Promise<unknown>
  /** What the next one has to wait for; nothing once it is committed. */
  readonly pending: () => Pick<BatchRequest, 'before' | 'turn'>
}

export interface Begun {
  /** Whether the next batch may begin before this one is committed: where the target knows early enough where it ends. */
  readonly overlaps: boolean
  /** Called after the commit, and awaited. */
  readonly tell: (batch: PurgedBatch) => Promise<void>
}

export function beginBatch(target: Pick<PurgeTarget, 'deleteBatch'>, request: BatchRequest, { overlaps, tell }: Begun): BegunBatch {
  let [announce, release]: [(after: string) => void, () => void] = [() => undefined, () => undefined]
  const announced = new Promise<string>((resolve) => {
    announce = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const committed = target.deleteBatch(overlaps ? { ...request, endsAt: announce, deleted: release } : request)
  let isCommitted = false
  const done = committed.then(async (batch) => {
    isCommitted = true
    await tell(batch)
    return batch.after
  })
  const deleted = Promise.race([released, done])
  // Not everybody waits for it.
  deleted.catch(() => undefined)
  return { end: Promise.race([announced, done]), deleted, done, pending: () => (isCommitted ? {} : { before: committed, turn: deleted }) }
}
