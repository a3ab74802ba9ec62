import { CommandRefused } from '../../errors/operational-errors.js'
import type { Command } from './command.js'

/** A command that has its name already and its work in a later release. */
export function notAvailable(summary: string): Command<unknown> {
  return {
    summary: `${summary} (not in this release)`,
    positionals: [],
    options: {},
    takesAnything: true,
    run: async () => {
      throw new CommandRefused('not_available', 'this command is not in this release')
    },
  }
}
