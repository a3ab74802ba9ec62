import type { BatchRequest, PurgedBatch, PurgeTarget } from '../stores/purge-target.js'

/** A batch that is under way, or was. */
export interface BegunBatch {
  /** Where the next one begins, as soon as that is certain; null: the end is reached. */
  readonly end: Promise<string | null>
  /** It is committed, and told of. */
  readonly done: Promise<unknown>
  /** What the next one must not be committed before; undefined once there is nothing of that kind. */
  readonly pending: () => Promise<unknown> | undefined
}

export interface Begun {
  /** Whether the next batch may begin before this one is committed: where the target knows early enough where it ends. */
  readonly overlaps: boolean
  /** Called after the commit, and awaited. */
  readonly tell: (batch: PurgedBatch) => Promise<void>
}

export function beginBatch(target: Pick<PurgeTarget, 'deleteBatch'>, request: BatchRequest, { overlaps, tell }: Begun): BegunBatch {
  let announce: (after: string) => void = () => undefined
  const announced = new Promise<string>((resolve) => {
    announce = resolve
  })
  const committed = target.deleteBatch(overlaps ? { ...request, endsAt: announce } : request)
  let isCommitted = false
  const done = committed.then(async (batch) => {
    isCommitted = true
    await tell(batch)
    return batch.after
  })
  return { end: Promise.race([announced, done]), done, pending: () => (isCommitted ? undefined : committed) }
}
