import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  /** Who it runs as; absent: whoever runs this. */
  readonly uid?: number
  readonly gid?: number
  /** What ends it without a chance to tidy up. */
  readonly killWith: NodeJS.Signals
}

/** A server on loopback that is crashed and started again. */
export interface ServerProcess {
  /** As often as it was crashed: two faults that overlap leave it away until both are over. */
  start(): Promise<void>
  crash(): Promise<void>
  freeze(): void
  thaw(): void
}

const READY_WITHIN_MS = 30_000
const POLL_MS = 20

export function createServerProcess(options: ServerCommand): ServerProcess {
  let child: ChildProcess | undefined
  let ending: Promise<unknown> = Promise.resolve()
  let crashes = 0
  process.once('exit', () => {
    child?.kill('SIGCONT')
    child?.kill(options.killWith)
  })
  return {
    async start() {
      crashes = Math.max(0, crashes - 1)
      if (crashes > 0) return
      const { uid, gid } = options
      child = spawn(options.command, options.args, { stdio: 'ignore', ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) })
      child.on('error', () => undefined)
      await untilListening(options, child)
    },
    async crash() {
      crashes += 1
      const ended = child
      child = undefined
      if (ended !== undefined && ended.exitCode === null && ended.signalCode === null) {
        ending = once(ended, 'exit')
        ended.kill('SIGCONT')
        ended.kill(options.killWith)
      }
      await ending
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}

async function untilListening({ command, port }: ServerCommand, child: ChildProcess): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS
  while (!(await isListening(port))) {
    if (child.exitCode !== null || performance.now() > end) throw new Error(`${command} did not start`)
    await sleep(POLL_MS)
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
