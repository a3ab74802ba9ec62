import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CommandResult, runCommand } from '../src/main/demo/command-process.js'
import { type JetonServer, startJetonServer } from '../src/main/demo/jeton-server.js'
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

/** A Jeton in a process of its own, with its own lines to database and Redis. */
export interface ChaosNode {
  readonly index: number
  readonly url: string
  readonly port: number
  readonly sql: TcpProxy
  readonly redis: TcpProxy
  isUp(): boolean
  start(): Promise<void>
  kill(): Promise<void>
  /** What it printed to standard error since its last start. */
  printed(): string
  run(args: readonly string[]): Promise<CommandResult>
  close(): Promise<void>
}

const JETON = fileURLToPath(new URL('../dist/main/jeton.js', import.meta.url))
const START_ATTEMPTS = 30

export async function createNode({ index, folder, port, databasePort, redisPort, toml }: NodeOptions): Promise<ChaosNode> {
  const sql = await startTcpProxy(databasePort)
  const redis = await startTcpProxy(redisPort)
  const own = join(folder, `node-${index}`)
  mkdirSync(own)
  // For the commands that come before the first start.
  writeFileSync(join(own, 'deployment.toml'), `[server]\nport = ${port}\n${toml(sql.port, redis.port)}`)
  let server: JetonServer | undefined
  let isClosed = false
  const kill = async (): Promise<void> => {
    const killed = server
    server = undefined
    killed?.kill('SIGKILL')
    await killed?.exited
  }
  return {
    index,
    port,
    sql,
    redis,
    url: `http://127.0.0.1:${port}`,
    isUp: () => server !== undefined,
    kill,
    printed: () => server?.stderr() ?? '',
    async start() {
      // What it needs may be away just now: a supervisor would try again too.
      for (let attempt = 1; !isClosed && server === undefined; attempt++) {
        try {
          server = await startJetonServer({ command: JETON, folder: own, port, toml: toml(sql.port, redis.port) })
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error
          await sleep(250)
        }
      }
    },
    run: (args) => runCommand([JETON, ...args, '--json', '--config', join(own, 'deployment.toml')], { cwd: own }),
    async close() {
      isClosed = true
      await kill()
      await Promise.all([sql.close(), redis.close()])
    },
  }
}
