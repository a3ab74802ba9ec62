import { parseArgs } from 'node:util'
import { nearestWord } from '../config/nearest-key.js'
import type { ChosenCommand } from './choose-command.js'
import { type Arguments, type Command, UsageError } from './commands/command.js'

/** Only what a command line shows of itself: commands of all needs are read alike. */
export type CommandForm = Pick<Command<never>, 'summary' | 'positionals' | 'options' | 'takesAnything'>
export type CommandForms = Readonly<Record<string, CommandForm>>

/** What was asked for. `name` is the command's, or the part of it that was given. */
export type CommandLine =
  | { readonly kind: 'help' | 'version'; readonly name: string; readonly json: boolean }
  | {
      readonly kind: 'command'
      readonly name: string
      readonly configFile: string | undefined
      readonly given: Omit<Arguments, 'stdin' | 'signal' | 'folder'>
    }

type Values = Readonly<Record<string, readonly (string | boolean)[] | undefined>>

export const GLOBAL_OPTIONS: CommandForm['options'] = {
  config: { value: 'FILE', help: 'default ./deployment.toml if it is there, else the embedded default' },
  json: { help: 'one JSON document on standard output' },
  help: { help: 'show this' },
  version: { help: 'show the version' },
}

/** @throws UsageError */
export function parseCommandLine({ name, rest }: ChosenCommand, forms: CommandForms): CommandLine {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined
  const ownOptions = form?.options ?? {}
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help', name, json: rest.includes('--json') }
  if (rest.includes('--version')) return { kind: 'version', name, json: rest.includes('--json') }
  if (form === undefined) throw new UsageError(name === '' ? 'a command is missing' : `"${name}" is not the whole command`)
  const { values, positionals } = form.takesAnything ? readLoosely(rest) : readStrictly(rest, { ...GLOBAL_OPTIONS, ...ownOptions })
  if (!form.takesAnything) checkForm(form, values, positionals)
  return { kind: 'command', name, configFile: lastOf(values, 'config'), given: createArguments(values, positionals) }
}

/** Whether JSON is asked for, on a command line that may be wrong in every other way. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json')
}

function readStrictly(
  rest: readonly string[],
  options: CommandForm['options'],
): { readonly values: Values; readonly positionals: readonly string[] } {
  const parseOptions = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { type: option.value === undefined ? 'boolean' : 'string', multiple: true } as const]),
  )
  try {
    return parseArgs({ args: separate(rest, options), options: parseOptions, strict: true, allowPositionals: true })
  } catch {
    throw new UsageError(explain(rest, Object.keys(options)))
  }
}

/** Puts what is no option behind `--`, and a value to its option: ids and values may begin with a hyphen. */
function separate(rest: readonly string[], options: CommandForm['options']): string[] {
  const [named, others]: [string[], string[]] = [[], []]
  for (let place = 0; place < rest.length; place += 1) {
    const argument = rest[place] ?? ''
    const value = rest[place + 1]
    if (argument === '--') {
      others.push(...rest.slice(place + 1))
      break
    }
    if (!argument.startsWith('--')) others.push(argument)
    else if (options[argument.slice(2)]?.value === undefined || value === undefined || value.startsWith('--')) named.push(argument)
    else {
      named.push(`${argument}=${value}`)
      place += 1
    }
  }
  return [...named, '--', ...others]
}

/** Node's own messages may repeat what was typed, which may be a secret. */
function explain(rest: readonly string[], known: readonly string[]): string {
  const names = rest.filter((argument) => argument.startsWith('--') && argument !== '--').map((argument) => argument.slice(2).split('=')[0] ?? '')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return 'an option lacks its value, or has one that it does not take'
  const near = known.find((name) => unknown !== '' && name.startsWith(unknown)) ?? nearestWord(unknown, known)
  return `unknown option ${/^[a-z-]{1,40}$/.test(unknown) ? `--${unknown}` : ''}${near === undefined ? '' : ` (did you mean --${near}?)`}`
}

function readLoosely(rest: readonly string[]): { readonly values: Values; readonly positionals: readonly string[] } {
  return { values: rest.includes('--json') ? { json: [true] } : {}, positionals: [] }
}

function checkForm({ positionals: wanted, options }: CommandForm, values: Values, positionals: readonly string[]): void {
  const missing = wanted[positionals.length]
  if (missing !== undefined && !missing.startsWith('[')) throw new UsageError(`${missing} is missing`)
  if (positionals.length > wanted.length && !wanted.at(-1)?.includes('…')) throw new UsageError('there are more arguments than the command takes')
  const required = Object.keys(options).find((name) => options[name]?.isRequired && values[name] === undefined)
  if (required !== undefined) throw new UsageError(`--${required} is missing`)
}

const stringsOf = (values: Values, name: string): readonly string[] | undefined => values[name]?.filter((value) => typeof value === 'string')
const lastOf = (values: Values, name: string): string | undefined => stringsOf(values, name)?.at(-1)

function createArguments(values: Values, positionals: readonly string[]): Omit<Arguments, 'stdin' | 'signal' | 'folder'> {
  return {
    positionals,
    option: (name) => lastOf(values, name),
    options: (name) => stringsOf(values, name),
    has: (name) => values[name] !== undefined,
    json: values.json !== undefined,
  }
}
