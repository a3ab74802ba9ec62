import { nearestWord } from '../config/nearest-key.js'
import { UsageError } from './commands/command.js'

const SWITCHES: readonly string[] = ['--json', '--help', '-h', '--version']
const PLAIN_WORD = /^[a-z-]{1,40}$/

export interface ChosenCommand {
  /** The longest name that fits, or the beginning of one; empty when there is none. */
  readonly name: string
  /** Everything else, in its order. */
  readonly rest: readonly string[]
}

/**
 * Finds the words of the command; the options that every command has may stand before or between them.
 * @throws UsageError when no command begins so.
 */
export function chooseCommand(argv: readonly string[], names: readonly string[]): ChosenCommand {
  const rest: string[] = []
  let name = ''
  for (let place = 0; place < argv.length; place += 1) {
    const argument = argv[place] ?? ''
    if (SWITCHES.includes(argument) || argument.startsWith('--config=')) {
      rest.push(argument)
    } else if (argument === '--config') {
      rest.push(...argv.slice(place, place + 2))
      place += 1
    } else {
      const longer = name === '' ? argument : `${name} ${argument}`
      if (!names.some((known) => known === longer || known.startsWith(`${longer} `))) {
        if (names.includes(name)) return { name, rest: [...rest, ...argv.slice(place)] }
        throw unknownCommand(name, argument, names)
      }
      name = longer
    }
  }
  return { name, rest }
}

function unknownCommand(name: string, argument: string, names: readonly string[]): UsageError {
  if (argument.startsWith('-')) return new UsageError('the command comes before its options')
  const prefix = name === '' ? '' : `${name} `
  const known = names.filter((candidate) => candidate.startsWith(prefix)).map((candidate) => candidate.slice(prefix.length).split(' ')[0] ?? '')
  const near = nearestWord(argument, known)
  return new UsageError(
    `unknown command${PLAIN_WORD.test(argument) ? ` ${prefix}${argument}` : ''}${near === undefined ? '' : ` (did you mean ${prefix}${near}?)`}`,
  )
}
