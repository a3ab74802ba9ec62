import type { CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'

/** 0 done, 1 failed, 2 bad usage of the command line, 3 a service it needs is away. */
export type ExitCode = 0 | 1 | 2 | 3

/** Where a command says what it has done. */
export interface Output {
  stdout(text: string): void
  stderr(text: string): void
  /** Whether a person watches, who would like progress on one line. */
  readonly isTerminal: boolean
}

export interface CommandOption {
  /** What stands for its value in the help; absent: a switch. */
  readonly value?: string
  readonly isRequired?: boolean
  readonly help: string
}

/** A command line whose form has been found good. */
export interface Arguments {
  readonly positionals: readonly string[]
  /** The value of an option; of a repeated one the last. */
  readonly option: (name: string) => string | undefined
  /** All values of an option that may be repeated; undefined when it is not given. */
  readonly options: (name: string) => readonly string[] | undefined
  readonly has: (name: string) => boolean
  /** Standard input, where the command reads it. */
  readonly stdin: string | undefined
  readonly json: boolean
  /** Where relative paths begin: where the command was given, not where it is done. */
  readonly folder: string
  /** Aborted when nobody waits for the command any more. */
  readonly signal: AbortSignal
}

export interface Command<Needs> {
  readonly summary: string
  /** Names of what follows the command, an optional one in brackets; the last may stand for several, with `…`. */
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, CommandOption>>
  readonly readsStdin?: (given: Arguments) => boolean
  /** A file whose text is taken in the place of standard input: read where the command was given, not where it is done. */
  readonly readsFile?: (given: Arguments) => string | undefined
  /** Takes whatever follows, since it does nothing with it. */
  readonly takesAnything?: true
  /** Works on a database whose schema is not up to date, too. */
  readonly takesAnySchema?: true
  /** What it says where the configuration is wrong, or the database cannot be opened at all; absent: that is a failure. */
  readonly explain?: (obstacle: StoreUnavailable | CommandRefused, given: Arguments, output: Output) => ExitCode
  /** @throws CommandRefused, StoreUnavailable, Overloaded, UsageError */
  readonly run: (needs: Needs, given: Arguments, output: Output) => Promise<ExitCode>
}

/** The command line is not of the form that the command takes. Never repeats a value: it may be a secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Writes the outcome: one JSON document, or lines for people. */
export function answer(output: Output, given: Pick<Arguments, 'json'>, outcome: { readonly json: unknown; readonly text: string }): 0 {
  output.stdout(given.json ? `${JSON.stringify(outcome.json)}\n` : `${outcome.text}\n`)
  return 0
}

/** The positional argument at `place`, which the command has declared as required. */
export function positional(given: Arguments, place = 0): string {
  const value = given.positionals[place]
  if (value === undefined) throw new UsageError('an argument is missing')
  return value
}
