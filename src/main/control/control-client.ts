import { connect } from 'node:net'
import { CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'
import { type ExitCode, type Output, UsageError } from '../commands/command.js'
import type { Terminal } from '../terminal.js'
import { LONGEST_FRAME, readFrames, writeFrame } from './frames.js'

export interface ControlCommand {
  readonly argv: readonly string[]
  readonly stdin: string | undefined
}

/** A server says every 2 seconds that it is alive. */
const SILENCE_MS = 15_000

/**
 * Has a command done by the server that listens at `path`.
 * @returns its exit code; undefined when nobody listens, or the server went before it took the command: then nothing was done.
 * @throws StoreUnavailable when the server is lost before the command is done; CommandRefused when this user may not ask it.
 */
export function runThroughControl(
  path: string,
  command: ControlCommand,
  { output, signal, folder = '.' }: Pick<Terminal, 'output' | 'signal' | 'folder'>,
): Promise<ExitCode | undefined> {
  const request = { ...command, isTerminal: output.isTerminal, folder }
  if (Buffer.byteLength(JSON.stringify(request)) > LONGEST_FRAME) throw new UsageError('the command and its input are too long')
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => writeFrame(socket, request))
    const answer: Answer = { isTaken: false, exit: undefined, problem: undefined }
    const give = (problem: Error): void => {
      answer.problem ??= problem
      socket.destroy()
    }
    const stop = (): void => give(lost('was left'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    readFrames(
      socket,
      (frame) => takeFrame(frame, answer, output),
      () => give(lost('cannot be understood')),
    )
    socket.setTimeout(SILENCE_MS, () => give(lost('does not answer')))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      answer.problem ??= explain(error)
    })
    socket.on('close', () => {
      signal.removeEventListener('abort', stop)
      settle(answer, resolve, reject)
    })
  })
}

interface Answer {
  /** The server has begun: it says so before it does anything. */
  isTaken: boolean
  exit: ExitCode | undefined
  problem: Error | undefined
}

function takeFrame(frame: unknown, answer: Answer, output: Output): void {
  answer.isTaken = true
  if (typeof frame !== 'object' || frame === null) return
  if ('stdout' in frame && typeof frame.stdout === 'string') output.stdout(frame.stdout)
  if ('stderr' in frame && typeof frame.stderr === 'string') output.stderr(frame.stderr)
  if ('exit' in frame) answer.exit = parseExitCode(frame.exit)
}

const parseExitCode = (value: unknown): ExitCode => (value === 0 || value === 2 || value === 3 ? value : 1)

function settle({ isTaken, exit, problem }: Answer, resolve: (exit: ExitCode | undefined) => void, reject: (problem: Error) => void): void {
  if (exit !== undefined) resolve(exit)
  else if (problem !== undefined) reject(problem)
  else if (isTaken) reject(lost('went away'))
  else resolve(undefined)
}

const lost = (how: string): StoreUnavailable => new StoreUnavailable(`the running server (it ${how}; the command may or may not have been done)`)

/** @returns undefined when it means that nobody listens. */
function explain(error: NodeJS.ErrnoException): Error | undefined {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return undefined
  if (error.code === 'EACCES' || error.code === 'EPERM') return new CommandRefused('not_permitted', 'the running server belongs to another user')
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : new StoreUnavailable('the control socket', { cause: error })
}
