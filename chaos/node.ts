import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CommandResult, runCommand } from '../src/main/demo/command-process.js'
import { type JetonServer, startJetonServer } from '../src/main/demo/jeton-server.js'
import { createNodeClock, type NodeClock } from './node-clock.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

export interface NodeOptions {
  readonly index: number
  readonly folder: string
  readonly port: number
  readonly databasePort: number
  readonly redisPort: number
  /** The configuration, with the ports of its own lines to database and Redis. */
  readonly toml: (databasePort: number, redisPort: number) => string
}

/** A Jeton in a process of its own, with its own clock and its own lines to database and Redis. */
export interface ChaosNode {
  readonly index: number
  readonly url: string
  readonly port: number
  readonly clock: NodeClock
  readonly sql: TcpProxy
  readonly redis: TcpProxy
  /** Since when it has been serving, by the runner's clock; undefined while it is not. */
  servesSince(): number | undefined
  /** Whoever asks while it is being started waits for that start. */
  start(): Promise<void>
  /** At once, unless it is being started: then as soon as it has been. */
  kill(): Promise<void>
  /** What it printed to standard error since its last start. */
  printed(): string
  run(args: readonly string[]): Promise<CommandResult>
  close(): Promise<void>
}

export const JETON = fileURLToPath(new URL('../dist/main/jeton.js', import.meta.url))
const START_WITHIN_MS = 60_000
const START_PAUSE_MS = 250

export async function createNode({ index, folder, port, databasePort, redisPort, toml }: NodeOptions): Promise<ChaosNode> {
  const sql = await startTcpProxy(databasePort)
  const redis = await startTcpProxy(redisPort)
  const own = join(folder, `node-${index}`)
  mkdirSync(own)
  const clock = createNodeClock(own)
  // For the commands that come before the first start.
  writeFileSync(join(own, 'deployment.toml'), `[server]\nport = ${port}\n${toml(sql.port, redis.port)}`)
  const { env } = clock
  const life = createLife(() => startJetonServer({ command: JETON, folder: own, port, toml: toml(sql.port, redis.port), env }))
  return {
    ...life,
    index,
    port,
    clock,
    sql,
    redis,
    url: `http://127.0.0.1:${port}`,
    run: (args) => runCommand([JETON, ...args, '--json', '--config', join(own, 'deployment.toml')], { cwd: own, env }),
    async close() {
      await life.close()
      await Promise.all([sql.close(), redis.close()])
    },
  }
}

/** One process at a time, whichever faults overlap. */
function createLife(boot: () => Promise<JetonServer>): Pick<ChaosNode, 'servesSince' | 'start' | 'kill' | 'printed' | 'close'> {
  let running: { readonly server: JetonServer; readonly since: number } | undefined
  let starting: Promise<void> | undefined
  let ending: Promise<unknown> = Promise.resolve()
  let isClosed = false

  /** What it needs may be away just now: a supervisor would try again too. */
  async function bootPatiently(): Promise<void> {
    await ending
    const end = performance.now() + START_WITHIN_MS
    while (!isClosed && running === undefined) {
      try {
        running = { server: await boot(), since: Date.now() }
      } catch (error) {
        if (performance.now() > end) throw error
        await sleep(START_PAUSE_MS)
      }
    }
  }

  async function kill(): Promise<void> {
    if (running === undefined) await starting?.catch(() => undefined)
    const killed = running?.server
    if (killed !== undefined) {
      running = undefined
      ending = killed.exited
      killed.kill('SIGKILL')
    }
    await ending
  }

  return {
    servesSince: () => running?.since,
    printed: () => running?.server.stderr() ?? '',
    kill,
    async start() {
      if (running !== undefined) return
      starting ??= bootPatiently().finally(() => {
        starting = undefined
      })
      await starting
    },
    async close() {
      isClosed = true
      await kill()
    },
  }
}
