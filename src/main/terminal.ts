import type { Output } from './commands/command.js'

/** What one run of the command line reads and writes. */
export interface Terminal {
  /** The whole of standard input. Called only for a command that reads it. */
  readonly stdin: () => Promise<string>
  readonly output: Output
  /** Where relative paths of the command line begin; absent: where this process does. */
  readonly folder?: string
  /** Aborted when nobody waits for the command any more. */
  readonly signal: AbortSignal
}
