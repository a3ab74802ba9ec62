import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type JetonServer, startJetonServer } from '../src/main/demo/jeton-server.js'

/** A Jeton in a process of its own, which is killed and started again at the same address. */
export interface SoakNode {
  readonly url: string
  readonly config: string
  isUp(): boolean
  start(): Promise<void>
  kill(): Promise<void>
  /** Lets what is under way end. */
  stop(): Promise<void>
}

export const JETON = fileURLToPath(new URL('../dist/main/jeton.js', import.meta.url))
const START_ATTEMPTS = 20

export function createNode(folder: string, port: number, toml: string): SoakNode {
  const own = join(folder, `node-${port}`)
  mkdirSync(own)
  let server: JetonServer | undefined
  const take = (): JetonServer | undefined => {
    const taken = server
    server = undefined
    return taken
  }
  return {
    url: `http://127.0.0.1:${port}`,
    config: join(own, 'deployment.toml'),
    isUp: () => server !== undefined,
    async start() {
      for (let attempt = 1; server === undefined; attempt++) {
        try {
          server = await startJetonServer({ command: JETON, folder: own, port, toml })
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error
          await sleep(250)
        }
      }
    },
    async kill() {
      const killed = take()
      killed?.kill('SIGKILL')
      await killed?.exited
    },
    async stop() {
      await take()?.stop()
    },
  }
}
