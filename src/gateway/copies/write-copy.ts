import { pause } from '../pause.js'
import type { CopyEntries } from './copy-entries.js'
import type { CopyTimes, RevocationCopy } from './revocation-copy.js'

/** Brings a copy to where the entries are, one write after the other. */
export interface CopyWriter {
  /** There is something to write. What comes while a write is going on is put together into the next. */
  wake(): void
  /** Everything has to be written again. */
  startOver(): void
  /** What was written until now is confirmed by this. Nothing is written before the first. */
  confirm(times: CopyTimes): void
  /** Resolves when nothing is being written any more. */
  stop(): Promise<void>
}

const RETRY_MS = 200

/** @param onProblem is told when a write failed. It is tried again, with everything: nobody knows how far it came. */
export function createCopyWriter(copy: RevocationCopy, entries: CopyEntries, onProblem: (message: string) => void): CopyWriter {
  const stop = new AbortController()
  let times: CopyTimes | undefined
  let isDue = false
  let mustReplace = true
  let writing: Promise<void> | undefined

  async function write(current: CopyTimes): Promise<void> {
    const isWhole = mustReplace
    mustReplace = false
    try {
      if ((await bringUp(copy, entries, current, isWhole)) === 'replace') startOver()
    } catch (error) {
      startOver()
      onProblem(error instanceof Error ? error.message : String(error))
      await pause(RETRY_MS, stop.signal, false)
    }
    isDue ||= mustReplace
  }

  async function writeAll(): Promise<void> {
    while (isDue && times !== undefined && !stop.signal.aborted) {
      isDue = false
      await write(times)
    }
    writing = undefined
  }

  function wake(): void {
    isDue = true
    // The rest of what came in the same piece goes with it.
    if (times !== undefined) writing ??= Promise.resolve().then(writeAll)
  }

  function startOver(): void {
    mustReplace = true
  }

  return {
    ...{ wake, startOver },
    confirm(given) {
      times = given
      wake()
    },
    async stop() {
      stop.abort()
      await writing
    },
  }
}

async function bringUp(copy: RevocationCopy, entries: CopyEntries, times: CopyTimes, isWhole: boolean): Promise<'done' | 'replace'> {
  const change = entries.takeChange()
  if (!isWhole) return copy.update({ ...change, times })
  await copy.replace(entries.all(), times)
  return 'done'
}
