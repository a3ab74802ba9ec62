import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { createSystemClock } from '../adapters/system/clock.js'
import type { ExitCode, Output } from './commands/command.js'
import { isFirstRun, welcome, welcomeBack } from './first-run.js'
import { startSidecar } from './gateway-serve.js'
import { findConfiguration, getSettings } from './load-configuration.js'
import { type RunningServer, startServer } from './start-server.js'
import { openParentChannel } from './workers/parent-channel.js'
import { runWorkers } from './workers/run-workers.js'
import { createSiblings } from './workers/siblings.js'

/** Longer than the parent waits before it ends a process that does not answer. */
const PARENT_PATIENCE_MS = 2000

/** `jeton serve`: serves until `stopped` is aborted. What is for a person goes to standard output, the log to standard error. */
export async function serveUntil(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  if (cluster.isWorker) return serveAsWorker(stopped, configFile)
  const { workers } = getSettings(configFile).server
  const count = workers === 'auto' ? availableParallelism() : workers
  if (count > 1) return runWorkers({ count, stopped, output, clock: createSystemClock() })
  const isFirst = isFirstRun(configFile)
  const server = await startServer(configFile)
  if (isFirst) output.stdout(await welcome(server.operations, server.url))
  else if (findConfiguration(configFile) === undefined) output.stdout(await welcomeBack(server.operations, server.url))
  else output.stdout(`Jeton serves at ${server.url}.\n`)
  return closeWhen(stopped, server)
}

/** One process of several: what is to be told to people its parent tells. */
async function serveAsWorker(stopped: AbortSignal, configFile: string | undefined): Promise<ExitCode> {
  const parent = openParentChannel()
  const server = await startServer(configFile, { siblings: createSiblings(parent, PARENT_PATIENCE_MS) })
  parent.send({ jeton: 'serving', url: server.url })
  return closeWhen(stopped, server)
}

/** `jeton gateway serve`: until `stopped` is aborted. */
export async function serveGatewayUntil(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  const sidecar = await startSidecar(configFile)
  output.stdout(`The gateway answers at ${sidecar.url}.\n`)
  return closeWhen(stopped, sidecar)
}

async function closeWhen(stopped: AbortSignal, server: Pick<RunningServer, 'close'>): Promise<ExitCode> {
  await new Promise<void>((resolve) => {
    if (stopped.aborted) resolve()
    stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
  return 0
}
