import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandOptions, type CommandProcess, startCommand } from './command-process.js'
import { findFreePort } from './free-port.js'

export interface JetonServerOptions {
  /** The built `jeton.js`. */
  readonly command: string
  /** Where `deployment.toml` is written and the data is kept. */
  readonly folder: string
  /** What `deployment.toml` holds beside `[server]`, and beside the database if it names none. */
  readonly toml?: string
  /** Absent: a free one. */
  readonly port?: number
  readonly env?: CommandOptions['env']
}

/** A `jeton serve` that has said that it is ready. */
export interface JetonServer extends CommandProcess {
  readonly url: string
  readonly port: number
  readonly folder: string
  /** Its `deployment.toml`. */
  readonly config: string
}

const READY_WITHIN_MS = 30_000
const POLL_MS = 25
const PORT_ATTEMPTS = 3

/** Starts `jeton serve` and waits until `/readyz` answers 200. @throws Error with what it printed, if it ends or stays unready. */
export async function startJetonServer(options: JetonServerOptions): Promise<JetonServer> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort())
    const config = writeDeployment(options, port)
    const server = startCommand([options.command, 'serve', '--config', config], { cwd: options.folder, ...(options.env && { env: options.env }) })
    const url = `http://127.0.0.1:${port}`
    const problem = await waitUntilReady(url, server)
    if (problem === undefined) return { ...server, url, port, folder: options.folder, config }
    await server.stop()
    const taken = /EADDRINUSE|in use/.test(server.stderr() + server.stdout())
    if (options.port !== undefined || !taken || attempt === PORT_ATTEMPTS) {
      throw new Error(`jeton serve ${problem}\n${server.stdout()}\n${server.stderr()}`)
    }
  }
}

function writeDeployment({ folder, toml = '' }: JetonServerOptions, port: number): string {
  const database = toml.includes('[database.identity_db]') ? '' : '[database.identity_db]\ntype = "sqlite"\nname = "jeton.db"\n'
  const config = join(folder, 'deployment.toml')
  writeFileSync(config, `[server]\nhostname = "127.0.0.1"\nport = ${port}\n\n${database}\n${toml}`)
  return config
}

/** @returns undefined when it is ready, else what is wrong. */
async function waitUntilReady(url: string, server: CommandProcess): Promise<string | undefined> {
  let ended: string | undefined
  server.exited.then(
    (code) => {
      ended = `ended with ${code}`
    },
    (error: unknown) => {
      ended = `could not be started: ${error}`
    },
  )
  const deadline = performance.now() + READY_WITHIN_MS
  while (performance.now() < deadline) {
    if (ended !== undefined) return ended
    if (await isReady(url)) return undefined
    await sleep(POLL_MS)
  }
  return `was not ready within ${READY_WITHIN_MS} ms`
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
