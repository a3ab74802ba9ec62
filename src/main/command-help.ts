import { type CommandForm, type CommandForms, GLOBAL_OPTIONS } from './command-line.js'
import type { CommandOption } from './commands/command.js'

const EXIT_CODES = 'Exit codes: 0 done, 1 failed, 2 bad usage of the command line, 3 a service it needs is away.'

/** The help of one command, or of all whose names begin with `name`. */
export function formatHelp(name: string, forms: CommandForms): string {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined
  return form === undefined ? formatGroup(name, forms) : formatCommand(name, form)
}

function formatCommand(name: string, { summary, positionals, options }: CommandForm): string {
  const required = Object.keys(options).filter((option) => options[option]?.isRequired)
  const usage = ['jeton', name, ...positionals, ...required.map((option) => formatOption(option, options[option])), '[OPTION]…'].join(' ')
  return [`Usage: ${usage}`, '', `${capitalize(summary)}.`, '', 'Options:', formatOptions({ ...options, ...GLOBAL_OPTIONS })].join('\n')
}

function formatGroup(name: string, forms: CommandForms): string {
  const names = Object.keys(forms)
    .filter((known) => name === '' || known.startsWith(`${name} `))
    .sort()
  const lines = names.map((known) => [known, forms[known]?.summary ?? ''] as const)
  const usage = ['Usage: jeton', name, 'COMMAND [OPTION]…'].filter(Boolean).join(' ')
  return [usage, '', 'Commands:', formatColumns(lines), '', 'Options of every command:', formatOptions(GLOBAL_OPTIONS), '', EXIT_CODES].join('\n')
}

function formatOptions(options: CommandForm['options']): string {
  return formatColumns(Object.entries(options).map(([name, option]) => [formatOption(name, option), option.help] as const))
}

function formatOption(name: string, option: CommandOption | undefined): string {
  return option?.value === undefined ? `--${name}` : `--${name} ${option.value}`
}

function formatColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}

const capitalize = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
