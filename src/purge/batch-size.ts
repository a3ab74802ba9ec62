/** How many rows the next batch takes, so that its transaction holds its locks for about the time that it may. */
export interface BatchSize {
  next(): number
  /** @param rows that the batch was made of. @param lockMs how long its transaction took. @param targetMs how long the next one may take. */
  learn(rows: number, lockMs: number, targetMs: number): void
}

/** Small enough for a table whose every row is dear. */
const FIRST = 100
const LEAST = 10
/** A full batch that took less than this part of the time is followed by a larger one. */
const QUICK = 0.8
/** Never more than this much larger, or smaller, at once: one slow commit says little about the next. */
const MOST_GROWTH = 2
const MOST_SHRINKING = 4

/** Begins with little; each batch is followed by what would have been right for it, within bounds. */
export function createBatchSize(most: number): BatchSize {
  let size = Math.min(FIRST, most)
  const within = (rows: number): number => Math.max(Math.min(LEAST, most), Math.min(most, Math.floor(rows)))
  return {
    next: () => size,
    learn(rows, lockMs, targetMs) {
      if (lockMs > targetMs) size = within(Math.max((rows * targetMs) / lockMs, size / MOST_SHRINKING))
      else if (rows >= size && lockMs < targetMs * QUICK) size = within(size * Math.min(MOST_GROWTH, (targetMs * QUICK) / lockMs))
    },
  }
}
