import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findFreePort } from '../../../src/main/demo/free-port.js'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
/** Absence is a failure then. */
export const isRequired = (process.env.JETON_REQUIRE ?? '').split(',').includes('redis')

/** Whether servers of one's own can be started; where Redis is required and none is there, the tests run, and fail. */
export const canStartRedis = isInstalled || isRequired
export const describeWithRedis: typeof describe.skip = canStartRedis ? describe : describe.skip

/** A Redis that may be stopped, flushed and started again, on a free port and in a folder of its own. */
export class RedisProcess {
  readonly port: number
  readonly #folder: string
  readonly #options: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, options: readonly string[]) {
    this.port = port
    this.#options = options
    this.#folder = mkdtempSync(join(tmpdir(), 'jeton-redis-'))
  }

  /** A port on which nothing listens yet. */
  static async absent(options: readonly string[] = []): Promise<RedisProcess> {
    return new RedisProcess(await (options.includes('--cluster-enabled') ? freeClusterPort() : findFreePort()), options)
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const always = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder]
    await this.#spawn([...this.#options, ...always])
  }

  /** In place of `start`: a sentinel with these lines in its configuration. */
  async startSentinel(lines: readonly string[]): Promise<void> {
    const file = join(this.#folder, 'sentinel.conf')
    writeFileSync(file, ['bind 127.0.0.1', `port ${this.port}`, `dir ${this.#folder}`, ...lines, ''].join('\n'))
    await this.#spawn([file, '--sentinel'])
  }

  async #spawn(options: readonly string[]): Promise<void> {
    await until(() => {
      // Somebody else may have had the port for a moment.
      const { exitCode = 0 } = this.#child ?? {}
      if (exitCode !== null) this.#child = spawn('redis-server', options, { stdio: 'ignore' })
      return answers(this.port)
    })
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Goes on listening, and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async remove(): Promise<void> {
    this.thaw()
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  cli(...args: readonly string[]): string {
    return execFileSync('redis-cli', ['-p', String(this.port), ...args], { encoding: 'utf8' }).trim()
  }

  /** Whether it answers so by now. One that closes the connection instead does not yet: Redis does when a sentinel gives it another part. */
  says(text: string, ...args: readonly string[]): boolean {
    const { status, stdout, stderr } = spawnSync('redis-cli', ['-p', String(this.port), ...args], { encoding: 'utf8' })
    if (status === 0) return stdout.includes(text)
    if (/closed the connection|reset by peer/.test(stderr)) return false
    throw new Error(`redis-cli ${args.join(' ')}: ${stderr}`)
  }
}

/** One command over a connection of its own. */
export async function askRedis<Result>(url: string, ask: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url, { retryStrategy: () => null, commandTimeout: 2000, disconnectTimeout: 50, lazyConnect: true })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}

/** Whether something speaks Redis at the port, whatever it says. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(200, () => end(false))
  })
}

// Nodes of a cluster talk to each other at a second port, this much higher; that one too has to lie below those of outgoing connections.
const CLUSTER_BUS = 10_000
const OUTGOING = 32_768

async function freeClusterPort(): Promise<number> {
  const port = await findFreePort()
  return port + CLUSTER_BUS < OUTGOING ? port : freeClusterPort()
}

/** Waits for what is to come true by itself. */
export async function until(isTrue: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  for (let waitedMs = 0; !(await isTrue()); waitedMs += 10) {
    if (waitedMs > limitMs) throw new Error(`not within ${limitMs} ms: ${isTrue}`)
    await pause(10)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
