import type { PurgeProgress } from '../../purge/run-purge.js'
import type { Output } from './command.js'

/** Where nobody watches: how often a line is written, in seconds of a target's run. */
const LINE_EVERY = 10

/** One line that is written over for a person, else now and then a line of JSON. */
export function showProgress(output: Output): (progress: PurgeProgress) => void {
  let lastLine = 0
  return ({ target, deleted, batch, limit, seconds }) => {
    const rate = Math.round(deleted / Math.max(seconds, 0.001))
    if (output.isTerminal) {
      output.stderr(`\r${target}: ${group(deleted)} deleted, ${group(rate)} a second, ${limit} at a time in ${Math.round(batch.lockMs)} ms\u001B[K\r`)
      return
    }
    if (seconds < lastLine) lastLine = 0
    if (seconds - lastLine < LINE_EVERY) return
    lastLine = seconds
    const line = { event: 'purge_progress', target, deleted, rows_per_second: rate, batch: limit, lock_ms: batch.lockMs, seconds }
    output.stderr(`${JSON.stringify(line)}\n`)
  }
}

/** 1234567 as 1,234,567. */
const group = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')
