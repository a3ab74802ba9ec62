import { closeWhen } from './close-when.js'
import type { ExitCode, Output } from './commands/command.js'
import { startSidecar } from './start-sidecar.js'

/** `jeton gateway serve`: until `stopped` is aborted. */
export async function serveGatewayUntil(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  const sidecar = await startSidecar(configFile)
  output.stdout(`The gateway answers at ${sidecar.url}.\n`)
  return closeWhen(stopped, sidecar)
}
