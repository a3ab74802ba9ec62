import type { Command, ExitCode } from './command.js'

export interface ServeNeeds {
  /** Serves until it is told to stop. */
  readonly serve: (configFile: string | undefined) => Promise<ExitCode>
  /** Of `--config`. */
  readonly configFile: string | undefined
}

export const serve: Command<ServeNeeds> = {
  summary: 'serve until a signal says to stop',
  positionals: [],
  options: {},
  run: ({ serve: start, configFile }) => start(configFile),
}
