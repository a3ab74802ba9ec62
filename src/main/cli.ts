import { readFileSync } from 'node:fs'
import { CommandRefused, StoreUnavailable } from '../errors/operational-errors.js'
import { chooseCommand } from './choose-command.js'
import { formatHelp } from './command-help.js'
import { asksForJson, type CommandLine, parseCommandLine } from './command-line.js'
import { DATABASE_COMMANDS, LOCAL_COMMANDS, type LocalNeeds, PURGE_COMMANDS } from './command-table.js'
import { type Arguments, answer, type Command, type ExitCode, type Output, UsageError } from './commands/command.js'
import type { Operations, PurgeOperations } from './commands/operations.js'
import { reportFailure } from './failure.js'
import { type DatabaseAccess, runOnDatabase } from './run-on-database.js'
import type { Terminal } from './terminal.js'

export interface CliEnvironment extends DatabaseAccess<Operations>, Omit<LocalNeeds, 'configFile'> {
  readonly version: string
  /** As `openDatabase`, with nothing of which a purge has no need. */
  readonly openPurging: DatabaseAccess<PurgeOperations>['openDatabase']
}

type CommandRun = Extract<CommandLine, { readonly kind: 'command' }>

const FORMS = { ...LOCAL_COMMANDS, ...DATABASE_COMMANDS }

/** The command `jeton`. Never throws. */
export function runCli(argv: readonly string[], terminal: Terminal, environment: CliEnvironment): Promise<ExitCode> {
  return reporting(argv, terminal.output, async (line) => {
    if (line.kind !== 'command') return answerAbout(line, environment.version, terminal.output)
    const here = LOCAL_COMMANDS[line.name]
    if (here) return here.run({ ...environment, configFile: line.configFile }, await complete(line, here, terminal), terminal.output)
    const command = getDatabaseCommand(line.name)
    const given = await complete(line, command, terminal)
    const invocation = { argv, given, configFile: line.configFile, terminal }
    const purging = PURGE_COMMANDS[line.name]
    const done = purging
      ? runHere(purging, { ...environment, openDatabase: environment.openPurging }, invocation)
      : runHere(command, environment, invocation)
    return command.explain === undefined ? done : done.catch(explaining(command.explain, given, terminal.output))
  })
}

interface Invocation {
  readonly argv: readonly string[]
  readonly given: Arguments
  readonly configFile: string | undefined
  readonly terminal: Terminal
}

function runHere<Needs>(
  { run, takesAnySchema }: Command<Needs>,
  access: DatabaseAccess<Needs>,
  { argv, given, configFile, terminal }: Invocation,
): Promise<ExitCode> {
  const schema = takesAnySchema ? 'any' : 'current'
  return runOnDatabase({ argv, stdin: given.stdin, configFile, schema, run: (needs) => run(needs, given, terminal.output) }, access, terminal)
}

function explaining(explain: NonNullable<Command<never>['explain']>, given: Arguments, output: Output): (error: unknown) => ExitCode {
  return (error) => {
    if (error instanceof StoreUnavailable || error instanceof CommandRefused) return explain(error, given, output)
    throw error
  }
}

/** A command that came to a server through its control socket. Never throws. */
export function runOnServer(argv: readonly string[], terminal: Terminal, operations: Operations): Promise<ExitCode> {
  return reporting(argv, terminal.output, async (line) => {
    if (line.kind !== 'command') throw new UsageError('only commands for the database go through the control socket')
    const command = getDatabaseCommand(line.name)
    // A file was read where the command was given; its text came along.
    const reads = command.readsFile === undefined ? command : { readsStdin: () => true }
    return command.run(operations, await complete(line, reads, terminal), terminal.output)
  })
}

async function reporting(argv: readonly string[], output: Output, act: (line: CommandLine) => Promise<ExitCode>): Promise<ExitCode> {
  let name = ''
  try {
    const chosen = chooseCommand(argv, Object.keys(FORMS))
    name = chosen.name
    return await act(parseCommandLine(chosen, FORMS))
  } catch (error) {
    return reportFailure(error, { json: asksForJson(argv), name }, output)
  }
}

function getDatabaseCommand(name: string): Command<Operations> {
  const command = DATABASE_COMMANDS[name]
  if (command === undefined) throw new UsageError('only commands for the database go through the control socket')
  return command
}

async function complete(
  { given }: CommandRun,
  command: Pick<Command<never>, 'readsStdin' | 'readsFile'>,
  { stdin, signal, folder = '.' }: Terminal,
): Promise<Arguments> {
  const known: Arguments = { ...given, signal, folder, stdin: undefined }
  const file = command.readsFile?.(known)
  if (file !== undefined) return { ...known, stdin: readText(file) }
  return command.readsStdin?.(known) ? { ...known, stdin: await stdin() } : known
}

/** @throws CommandRefused `no_file` */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandRefused('no_file', `the file ${file} cannot be read`)
  }
}

function answerAbout({ kind, name, json }: Exclude<CommandLine, CommandRun>, version: string, output: Output): ExitCode {
  if (kind === 'version') return answer(output, { json }, { json: { version }, text: version })
  const help = formatHelp(name, FORMS)
  return answer(output, { json }, { json: { help }, text: help })
}
