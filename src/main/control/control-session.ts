import type { Socket } from 'node:net'
import type { Output } from '../commands/command.js'
import type { Terminal } from '../terminal.js'
import { type ControlRequest, readFrames, splitText, writeFrame } from './frames.js'

/** Does one command. @returns its exit code. */
export type RunCommand = (argv: readonly string[], terminal: Terminal) => Promise<number>

export interface SessionSettings {
  /** Within what time a client has to have sent its command. */
  readonly requestWithinMs: number
  /** How often a client hears of a command that takes long. */
  readonly aliveEveryMs: number
  /** How long a client may read nothing of the rest of its answer. */
  readonly lingerMs: number
}

/** Output that waits for a client which does not read; beyond it the client is left. */
const MOST_PENDING_BYTES = 64 * 1024 * 1024

/** Serves one client: one command. Settled when the client is gone and the command is done; never rejects. */
export function runSession(socket: Socket, run: RunCommand, settings: SessionSettings): Promise<void> {
  const gone = new AbortController()
  const tooSlow = setTimeout(() => socket.destroy(), settings.requestWithinMs)
  // A broken connection also closes; what is to be done is done there.
  socket.on('error', () => socket.destroy())
  return new Promise((resolve) => {
    let command: Promise<void> | undefined
    socket.on('close', () => {
      clearTimeout(tooSlow)
      gone.abort()
      void (command ?? Promise.resolve()).then(resolve)
    })
    readFrames(
      socket,
      (frame) => {
        if (command !== undefined) return
        clearTimeout(tooSlow)
        command = answerRequest(socket, parseRequest(frame), { run, signal: gone.signal, settings })
      },
      (reason) => refuse(socket, reason, settings),
    )
  })
}

interface Session {
  readonly run: RunCommand
  readonly signal: AbortSignal
  readonly settings: SessionSettings
}

async function answerRequest(socket: Socket, request: ControlRequest | undefined, { run, signal, settings }: Session): Promise<void> {
  if (request === undefined) return refuse(socket, 'that is no command', settings)
  // Before anything is done, so that a client that hears nothing knows that nothing was done.
  writeFrame(socket, { alive: true })
  const heartbeat = setInterval(() => writeFrame(socket, { alive: true }), settings.aliveEveryMs)
  signal.addEventListener('abort', () => clearInterval(heartbeat))
  const output = createOutput(socket, request.isTerminal)
  try {
    finish(socket, await run(request.argv, { stdin: async () => request.stdin ?? '', output, signal, folder: request.folder }), settings)
  } catch (error) {
    output.stderr(`jeton: the command failed in the server: ${error instanceof Error ? error.name : 'unknown'}\n`)
    finish(socket, 1, settings)
  } finally {
    clearInterval(heartbeat)
  }
}

function createOutput(socket: Socket, isTerminal: boolean): Output {
  const write = (stream: 'stdout' | 'stderr', text: string): void => {
    for (const piece of splitText(text)) writeFrame(socket, stream === 'stdout' ? { stdout: piece } : { stderr: piece })
    if (socket.writableLength > MOST_PENDING_BYTES) socket.destroy()
  }
  return { stdout: (text) => write('stdout', text), stderr: (text) => write('stderr', text), isTerminal }
}

function refuse(socket: Socket, reason: string, settings: SessionSettings): void {
  writeFrame(socket, { stderr: `jeton: ${reason}\n` })
  finish(socket, 1, settings)
}

function finish(socket: Socket, exit: number, { lingerMs }: SessionSettings): void {
  writeFrame(socket, { exit })
  socket.end()
  socket.setTimeout(lingerMs, () => socket.destroy())
}

function parseRequest(frame: unknown): ControlRequest | undefined {
  if (typeof frame !== 'object' || frame === null || !('argv' in frame)) return undefined
  const { argv, stdin, isTerminal, folder } = frame as { readonly argv: unknown } & Partial<Record<'stdin' | 'isTerminal' | 'folder', unknown>>
  if (!Array.isArray(argv) || !argv.every((argument) => typeof argument === 'string')) return undefined
  if (stdin !== undefined && typeof stdin !== 'string') return undefined
  return { argv, stdin, isTerminal: isTerminal === true, folder: typeof folder === 'string' ? folder : '.' }
}
