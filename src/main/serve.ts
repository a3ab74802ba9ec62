import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { createSystemClock } from '../adapters/system/clock.js'
import type { ExitCode, Output } from './commands/command.js'
import { getSettings } from './load-configuration.js'

/**
 * `jeton serve`: serves until `stopped` is aborted. What is for a person goes to standard output, the log to standard error.
 * Each process loads what it does itself: the parent of several is none of the servers.
 */
export async function serveUntil(stopped: AbortSignal, configFile: string | undefined, output: Output): Promise<ExitCode> {
  if (cluster.isWorker) return (await import('./workers/serve-as-worker.js')).serveAsWorker(stopped, configFile)
  const { workers } = getSettings(configFile).server
  const count = workers === 'auto' ? availableParallelism() : workers
  if (count === 1) return (await import('./serve-alone.js')).serveAlone(stopped, configFile, output)
  const { runWorkers } = await import('./workers/run-workers.js')
  return runWorkers({ count, stopped, output, clock: createSystemClock() })
}
