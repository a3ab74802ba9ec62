import type { Socket } from 'node:net'

/** What a client asks: one command. */
export interface ControlRequest {
  readonly argv: readonly string[]
  readonly stdin: string | undefined
  readonly isTerminal: boolean
  /** Where the command was given. */
  readonly folder: string
}

/** What a server answers: output in any number, `alive` while it takes long, at last the exit code. */
export type ControlAnswer = { readonly stdout: string } | { readonly stderr: string } | { readonly alive: true } | { readonly exit: number }

/** Most bytes of one frame: a line of JSON. */
export const LONGEST_FRAME = 1024 * 1024

// In characters: JSON may need six bytes for one.
const LONGEST_PIECE = 64 * 1024
const NEWLINE = 0x0a

export function writeFrame(socket: Socket, frame: ControlRequest | ControlAnswer): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(frame)}\n`)
}

/**
 * Calls `take` for each frame that arrives, in order.
 * `fail` is called, at most once, for one that is too long or is not JSON; nothing is taken after it.
 */
export function readFrames(socket: Socket, take: (frame: unknown) => void, fail: (reason: string) => void): void {
  let chunks: Buffer[] = []
  let size = 0
  let hasFailed = false
  const giveUp = (reason: string): void => {
    hasFailed = true
    chunks = []
    fail(reason)
  }
  const takeLine = (line: Buffer): void => {
    const frame = parseJson(line.toString('utf8'))
    if (frame === undefined) giveUp('a frame is not JSON')
    else take(frame)
  }
  socket.on('data', (data) => {
    let rest = typeof data === 'string' ? Buffer.from(data) : data
    while (!hasFailed) {
      const end = rest.indexOf(NEWLINE)
      const part = end < 0 ? rest : rest.subarray(0, end)
      size += part.length
      if (size > LONGEST_FRAME) return giveUp('a frame is too long')
      chunks.push(part)
      if (end < 0) return
      const line = Buffer.concat(chunks)
      chunks = []
      size = 0
      rest = rest.subarray(end + 1)
      takeLine(line)
    }
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Pieces that each fit into a frame, none of them ending inside a character. */
export function splitText(text: string): readonly string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = start + LONGEST_PIECE
    const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) && end < text.length
    pieces.push(text.slice(start, splitsPair ? end - 1 : end))
    start = splitsPair ? end - 1 : end
  }
  return pieces
}
