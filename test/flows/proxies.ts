import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../src/main/demo/free-port.js'

const RUN = fileURLToPath(new URL('../../adapters/run.sh', import.meta.url))
const PATIENCE_MS = 10_000

export interface ProxySurroundings {
  readonly issuer: string
  /** Where the keys are. */
  readonly jwks: string
  readonly audience: string
  /** `host:port` of what is behind the proxy, and of the sidecar. */
  readonly upstream: string
  readonly sidecar: string
  readonly folder: string
  /** The port to listen on; absent: a free one. */
  readonly listen?: number
}

/** A gateway of `adapters/`, started by its script. */
export interface ProxyProcess {
  readonly name: ProxyName
  readonly url: string
  /** What it printed. */
  said(): string
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
  /** At the same address. */
  restart(): Promise<void>
}

export type ProxyName = 'haproxy' | 'nginx' | 'nginx-lua' | 'apache'

const has = (program: string, flag: string): boolean => spawnSync(program, [flag]).status === 0
const hasFile = (...files: readonly string[]): boolean => files.every((file) => existsSync(file))

/** Whether what each of them needs is installed. */
const CONDITIONS: Readonly<Record<ProxyName, () => boolean>> = {
  haproxy: () => has('haproxy', '-v'),
  nginx: () => has('nginx', '-v'),
  'nginx-lua': () => has('nginx', '-v') && hasFile('/usr/lib/nginx/modules/ngx_http_lua_module.so', '/usr/share/lua/5.1/cjson/util.lua'),
  apache: () => has('apache2', '-v') && hasFile('/usr/lib/apache2/modules/mod_oauth2.so', '/usr/lib/apache2/modules/mod_lua.so'),
}

export const PROXY_NAMES = Object.keys(CONDITIONS) as readonly ProxyName[]
export const INSTALLED = PROXY_NAMES.filter((name) => CONDITIONS[name]())

/** Starts it and waits until it answers at all. */
export async function startProxy(name: ProxyName, around: ProxySurroundings): Promise<ProxyProcess> {
  const port = around.listen ?? (await findFreePort())
  const url = `http://127.0.0.1:${port}`
  const said: string[] = []
  const start = async (): Promise<ChildProcess> => {
    const child = run(name, around, `127.0.0.1:${port}`)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text))
    await untilItAnswers(url, child, () => said.join(''))
    return child
  }
  let child = await start()
  const stop = (): Promise<void> => end(child)
  return {
    name,
    url,
    said: () => said.join(''),
    kill: (signal) => void child.kill(signal),
    stop,
    async restart() {
      await stop()
      child = await start()
    },
  }
}

function run(name: ProxyName, { issuer, jwks, audience, upstream, sidecar, folder }: ProxySurroundings, listen: string): ChildProcess {
  const env = { ISSUER: issuer, JWKS: jwks, AUDIENCE: audience, UPSTREAM: upstream, SIDECAR: sidecar, LISTEN: listen }
  const child = spawn(RUN, [name, folder], { env: { ...process.env, NODE_OPTIONS: undefined, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  // Whatever ends this process, nothing it has started stays behind.
  const stopAtExit = (): void => void child.kill('SIGTERM')
  process.once('exit', stopAtExit)
  child.once('exit', () => process.off('exit', stopAtExit))
  return child
}

async function untilItAnswers(url: string, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (child.exitCode === null && performance.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await end(child)
  throw new Error(`no answer from ${url}: ${said()}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(timer)
}
