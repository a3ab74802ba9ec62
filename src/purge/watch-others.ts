import type { Clock } from '../model/time.js'

export interface OthersNeeds {
  readonly clock: Pick<Clock, 'nowMs'>
  /** A number that grows by one with each transaction that writes to the database, whoever's; undefined: it does not tell. @throws StoreUnavailable */
  readonly commits: () => Promise<number | undefined>
}

/** Tells whether others write to the database beside a purge. */
export interface OthersWatch {
  /** No, as far as is known: not before it has been looked for a while. */
  isAlone(): boolean
  /** To be called after each of one's own transactions. */
  committed(): Promise<void>
}

/** From so many transactions a second on others are at work; a few are what nodes write that have nothing to do. */
const AT_WORK = 20
const LOOK_EVERY_MS = 1000

export function createOthersWatch({ clock, commits }: OthersNeeds): OthersWatch {
  let last: { readonly atMs: number; readonly commits: number } | undefined
  let [own, isAlone, isTold]: [number, boolean, boolean] = [0, false, true]
  return {
    isAlone: () => isAlone,
    async committed() {
      own++
      const atMs = clock.nowMs()
      if (!isTold || (last !== undefined && atMs - last.atMs < LOOK_EVERY_MS)) return
      const found = await commits()
      isTold = found !== undefined
      if (found === undefined) isAlone = true
      else {
        if (last !== undefined) isAlone = ((found - last.commits - own) * 1000) / (atMs - last.atMs) < AT_WORK
        last = { atMs, commits: found }
        own = 0
      }
    },
  }
}
