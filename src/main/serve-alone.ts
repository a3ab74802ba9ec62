import { closeWhen } from './close-when.js'
import type { ExitCode, Output } from './commands/command.js'
import { isFirstRun, welcome, welcomeBack } from './first-run.js'
import { findConfiguration } from './load-configuration.js'
import { startServer } from './start-server.js'

/** Serves in this process, and tells a person where. */
export async function serveAlone(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  const isFirst = isFirstRun(configFile)
  const server = await startServer(configFile)
  if (isFirst) output.stdout(await welcome(server.operations, server.url))
  else if (findConfiguration(configFile) === undefined) output.stdout(await welcomeBack(server.operations, server.url))
  else output.stdout(`Jeton serves at ${server.url}.\n`)
  return closeWhen(stopped, server)
}
