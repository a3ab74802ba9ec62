import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../model/time.js'
import type { ExitCode, Output } from '../commands/command.js'
import { type FromWorker, isFromWorker } from './messages.js'
import { createRelay, type Member } from './relay-entries.js'
import { createRestartBudget } from './restart-budget.js'

export interface WorkerSettings {
  readonly count: number
  readonly stopped: AbortSignal
  readonly output: Output
  readonly clock: Clock
}

/** As long as the longest poll interval: whoever has not heard of a revocation by then would have to ask the database itself. */
const TAKEN_WITHIN_MS = 1000
/** Longer than a worker lets requests end. */
const STOPPED_WITHIN_MS = 15_000

/** Starts the processes that serve, starts those again that end, and stops them. The first is waited for: what stops it would stop all. */
export async function runWorkers({ count, stopped, output, clock }: WorkerSettings): Promise<ExitCode> {
  const pool = createPool()
  const first = pool.launch()
  const failure = await Promise.race([first.serving.then(() => undefined), first.ended])
  if (failure !== undefined) return exitCodeOf(failure)
  const budget = createRestartBudget(count * 4, clock)
  const enough = new AbortController()
  const others = Array.from({ length: count - 1 }, () => pool.launch())
  const kept = [first, ...others].map((launched) => keep(launched, { pool, budget, stopped, output, exhausted: () => enough.abort() }))
  await Promise.race([Promise.all(others.map(({ serving }) => serving)), untilAborted(AbortSignal.any([stopped, enough.signal]))])
  if (!stopped.aborted && !enough.signal.aborted) output.stdout(`Jeton serves at ${await first.serving} with ${count} processes.\n`)
  await untilAborted(AbortSignal.any([stopped, enough.signal]))
  await pool.stop()
  await Promise.all(kept)
  return enough.signal.aborted ? 1 : 0
}

interface Launched {
  /** Its URL, when it serves. */
  readonly serving: Promise<string>
  readonly ended: Promise<number>
}

interface Pool {
  launch(): Launched
  isStopping(): boolean
  stop(): Promise<void>
}

function createPool(): Pool {
  const relay = createRelay(TAKEN_WITHIN_MS)
  const workers = new Map<Worker, Promise<number>>()
  let isStopping = false

  function launch(): Launched {
    const worker = cluster.fork()
    const member = memberOf(worker)
    const ended = new Promise<number>((resolve) => {
      worker.once('exit', (code) => {
        workers.delete(worker)
        relay.leave(member)
        resolve(code ?? 1)
      })
    })
    workers.set(worker, ended)
    const serving = new Promise<string>((resolve) => {
      worker.on('message', (message: unknown) => {
        if (isFromWorker(message)) take(message, resolve)
      })
    })
    const take = (message: FromWorker, resolve: (url: string) => void): void =>
      message.jeton === 'serving' ? resolve(message.url) : relay.receive(member, message)
    return { serving, ended }
  }

  return {
    launch,
    isStopping: () => isStopping,
    async stop() {
      isStopping = true
      const ends = [...workers.values()]
      for (const worker of workers.keys()) worker.process.kill('SIGTERM')
      const patience = new AbortController()
      await Promise.race([Promise.all(ends), sleep(STOPPED_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined)])
      patience.abort()
      for (const worker of workers.keys()) worker.process.kill('SIGKILL')
      await Promise.all(ends)
    },
  }
}

function memberOf(worker: Worker): Member {
  return {
    // One that has just ended is left a moment later: what cannot be sent to it is nobody's loss.
    send: (message) => void (worker.isConnected() && worker.send(message, () => undefined)),
    kill: () => void worker.process.kill('SIGKILL'),
  }
}

interface Keeping {
  readonly pool: Pool
  readonly budget: ReturnType<typeof createRestartBudget>
  readonly stopped: AbortSignal
  readonly output: Output
  /** Too many have ended. */
  readonly exhausted: () => void
}

/** Has one worker in the place of the one that was launched, until all are stopped. */
async function keep(launched: Launched, { pool, budget, stopped, output, exhausted }: Keeping): Promise<void> {
  for (let current = launched; ; ) {
    await current.ended
    if (pool.isStopping() || stopped.aborted) return
    const waitMs = budget()
    if (waitMs === undefined) {
      output.stderr('jeton: too many processes have ended within a minute\n')
      exhausted()
      return
    }
    await sleep(waitMs)
    if (pool.isStopping() || stopped.aborted) return
    current = pool.launch()
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const exitCodeOf = (code: number): ExitCode => (code === 2 || code === 3 ? code : 1)
