import { createSystemClock } from '../../src/adapters/system/clock.js'
import { runCli } from '../../src/main/cli.js'
import { testGateway } from '../../src/main/conformance/test-gateway.js'
import { findControlPath } from '../../src/main/find-control-path.js'
import { checkConfiguration, getSettings } from '../../src/main/load-configuration.js'
import { openOperations } from '../../src/main/open-operations.js'
import { openPurging } from '../../src/main/open-purging.js'
import { openResources } from '../../src/main/open-resources.js'
import { createUserRegistry } from '../../src/users/manage-users.js'
import { createCheapPasswords } from '../cheap-passwords.js'
import { parseDocument, type RunOptions, type RunResult } from './server-process.js'

const noServer = async (): Promise<never> => {
  throw new Error('a server is a process of its own here')
}

/**
 * What `runJeton` does to the database, or says to the server that runs on it, without the second that a process takes to start:
 * for what a test prepares. What a command is itself tested by is `runJeton`.
 */
export async function runJetonHere(args: readonly string[], { config, stdin = '' }: Pick<RunOptions, 'config' | 'stdin'>): Promise<RunResult> {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const code = await runCli(
    config === undefined ? args : [...args, '--config', config],
    {
      stdin: async () => stdin,
      output: {
        stdout: (text) => void stdout.push(text),
        stderr: (text) => void stderr.push(text),
        isTerminal: false,
      },
      signal: new AbortController().signal,
    },
    {
      version: '0.0.0',
      serve: noServer,
      serveGateway: noServer,
      testGateway,
      checkConfiguration,
      findControlPath,
      openDatabase: openOperations,
      openPurging,
    },
  )
  return { code, stdout: stdout.join(''), stderr: stderr.join(''), json: parseDocument(stdout.join('')) }
}

/** A user whose password costs nothing to verify, in a database on which no server runs yet. */
export async function createUserHere(config: string, { name, password }: { readonly name: string; readonly password: string }): Promise<void> {
  const opened = await openResources(getSettings(config))
  if (opened === undefined) throw new Error('the database is in use')
  const passwords = createCheapPasswords()
  const users = createUserRegistry({
    users: opened.resources.stores.users,
    passwords,
    clock: createSystemClock(),
    afterChange: async () => undefined,
  })
  await users.create(name, password).finally(() => opened.close())
}
