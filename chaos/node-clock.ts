import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The wall clock of one node, and of the commands that are given at it. */
export interface NodeClock {
  /** With this in its environment a Node process has the clock. */
  readonly env: NodeJS.ProcessEnv
  /** How far it is ahead of the machine's, in milliseconds. */
  offMs(): number
  /** Running processes follow within some 25 ms. */
  set(offMs: number): void
}

const PRELOAD = new URL('shifted-clock.mjs', import.meta.url).href

export function createNodeClock(folder: string): NodeClock {
  const file = join(folder, 'clock')
  let shift = 0
  const set = (offMs: number): void => {
    shift = offMs
    // A process that reads it meanwhile finds the old one or the new one.
    writeFileSync(`${file}.new`, String(offMs))
    renameSync(`${file}.new`, file)
  }
  set(0)
  const options = [process.env.NODE_OPTIONS, `--import=${PRELOAD}`].filter((option) => option !== undefined)
  return { env: { ...process.env, NODE_OPTIONS: options.join(' '), SHIFTED_CLOCK_FILE: file }, offMs: () => shift, set }
}
