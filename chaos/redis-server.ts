import { execFileSync } from 'node:child_process'
import { findFreePort } from '../src/main/demo/free-port.js'
import type { Programs } from './programs.js'
import { createServerProcess, type ServerProcess } from './server-process.js'

export interface RedisServer extends ServerProcess {
  readonly port: number
  readonly version: string
  flush(): void
}

export async function startRedisServer(programs: Programs, folder: string): Promise<RedisServer> {
  const port = await findFreePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = createServerProcess({ command: programs['redis-server'], args, port, killWith: 'SIGKILL' })
  await server.start()
  const version = /v=(\S+)/.exec(execFileSync(programs['redis-server'], ['--version'], { encoding: 'utf8' }))?.[1] ?? ''
  return {
    ...server,
    port,
    version,
    flush() {
      try {
        execFileSync(programs['redis-cli'], ['-p', String(port), 'FLUSHALL'], { stdio: 'ignore', timeout: 1000 })
      } catch {
        // It is stopped just now: then there is nothing to flush.
      }
    },
  }
}
