import type { ExitCode, Output } from './commands/command.js'
import { isFirstRun, welcome, welcomeBack } from './first-run.js'
import { findConfiguration } from './load-configuration.js'
import { startServer } from './start-server.js'

/** `jeton serve`: serves until `stopped` is aborted. What is for a person goes to standard output, the log to standard error. */
export async function serveUntil(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  const isFirst = isFirstRun(configFile)
  const server = await startServer(configFile)
  if (isFirst) output.stdout(await welcome(server.operations, server.url))
  else if (findConfiguration(configFile) === undefined) output.stdout(await welcomeBack(server.operations, server.url))
  else output.stdout(`Jeton serves at ${server.url}.\n`)
  await new Promise<void>((resolve) => {
    if (stopped.aborted) resolve()
    stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
  return 0
}
