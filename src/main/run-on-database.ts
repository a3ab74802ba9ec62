import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '../errors/operational-errors.js'
import type { ExitCode } from './commands/command.js'
import { runThroughControl } from './control/control-client.js'
import type { Terminal } from './terminal.js'

/** The database opened by this process alone, or who has it. */
export type OpenedDatabase<Needs> = { readonly operations: Needs; readonly close: () => Promise<void> } | { readonly heldBy: string }

/** Whether the command works on a database whose schema is not up to date, too. */
export type SchemaNeed = 'current' | 'any'

export interface DatabaseAccess<Needs> {
  /** The control socket of a server that runs on the configured database; undefined where the engine takes many processes at once. */
  readonly findControlPath: (configFile: string | undefined) => Promise<string | undefined>
  /** @throws StoreUnavailable; CommandRefused for a wrong configuration */
  readonly openDatabase: (configFile: string | undefined, schema: SchemaNeed) => Promise<OpenedDatabase<Needs>>
  /** How long to wait for a server that is starting, or for another command; else 5 seconds. */
  readonly patienceMs?: number
}

export interface DatabaseRun<Needs> {
  readonly argv: readonly string[]
  readonly stdin: string | undefined
  readonly configFile: string | undefined
  readonly schema: SchemaNeed
  /** What is to be done where no server runs. */
  readonly run: (operations: Needs) => Promise<ExitCode>
}

const PATIENCE_MS = 5000
const RETRY_MS = 50

/**
 * Has the command done by the server that runs on the database, or does it here under the database's lock.
 * Who holds the lock and does not answer is a server that is starting or another command: both are waited for.
 * @throws StoreUnavailable when they take too long.
 */
export async function runOnDatabase<Needs>(
  wanted: DatabaseRun<Needs>,
  access: DatabaseAccess<Needs>,
  terminal: Pick<Terminal, 'output' | 'signal' | 'folder'>,
): Promise<ExitCode> {
  const deadline = performance.now() + (access.patienceMs ?? PATIENCE_MS)
  const path = await access.findControlPath(wanted.configFile)
  for (;;) {
    const done = path === undefined ? undefined : await runThroughControl(path, wanted, terminal)
    if (done !== undefined) return done
    const opened = await access.openDatabase(wanted.configFile, wanted.schema)
    if ('operations' in opened) return runHere(wanted, opened)
    if (performance.now() >= deadline || terminal.signal.aborted)
      throw new StoreUnavailable(`the database (it is in use by ${opened.heldBy}, which does not answer)`)
    await sleep(RETRY_MS)
  }
}

async function runHere<Needs>(
  { run }: DatabaseRun<Needs>,
  { operations, close }: Extract<OpenedDatabase<Needs>, { operations: Needs }>,
): Promise<ExitCode> {
  try {
    return await run(operations)
  } finally {
    await close()
  }
}
