import { createHash, type Hash } from 'node:crypto'
import { MalformedFeedMessage } from './malformed-feed-message.js'

/** Reads what `ByteWriter` writes, while it still arrives. Each reading @throws MalformedFeedMessage where too little is there. */
export interface ByteInput extends ByteWindow {
  fixed(length: number): number
  unsigned(): number
  signed(): number
  /** Of at most so many bytes. */
  text(longest: number): string
}

/** The bytes that have arrived and have not been read. */
interface ByteWindow {
  /** Resolves when so many bytes are there to be read, or no more will come. */
  ahead(length: number): Promise<void>
  /** How many bytes are there to be read. */
  left(): number
  byte(): number
  bytes(length: number): Buffer
  /** The SHA-256 of all that has been read so far. To be asked once, after which nothing more is added to it. */
  checksum(): Buffer
}

/** Seven bits a byte: eight of them hold 2^56. */
const LONGEST_NUMBER = 8

export function createByteInput(body: AsyncIterable<Uint8Array>): ByteInput {
  const window = createByteWindow(body)
  const { byte, bytes } = window

  function unsigned(): number {
    let [value, scale] = [0, 1]
    for (let read = 1; read <= LONGEST_NUMBER; read++, scale *= 128) {
      const next = byte()
      value += (next & 0x7f) * scale
      if (next > 0x7f) continue
      if (next === 0 && read > 1) break
      return safe(value)
    }
    throw new MalformedFeedMessage('a number that is longer than it has to be')
  }

  return {
    ...window,
    fixed: (length) => safe(bytes(length).reduce((value, next) => value * 256 + next, 0)),
    unsigned,
    signed() {
      const value = unsigned()
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    },
    text: (longest) => decode(bytes(Math.min(unsigned(), longest + 1)), longest),
  }
}

function createByteWindow(body: AsyncIterable<Uint8Array>): ByteWindow {
  const chunks = body[Symbol.asyncIterator]()
  let sum: Hash | undefined = createHash('sha256')
  let held: Buffer = Buffer.alloc(0)
  let at = 0

  async function ahead(length: number): Promise<void> {
    if (held.length - at >= length) return
    sum?.update(held.subarray(0, at))
    const pieces = [held.subarray(at)]
    let arrived = held.length - at
    at = 0
    while (arrived < length) {
      const next = await chunks.next()
      if (next.done === true) break
      pieces.push(Buffer.from(next.value))
      arrived += next.value.length
    }
    held = Buffer.concat(pieces)
  }

  return {
    ahead,
    left: () => held.length - at,
    byte() {
      const value = held[at++]
      if (value === undefined) throw new MalformedFeedMessage('a snapshot that was cut off')
      return value
    },
    bytes(length) {
      if (held.length - at < length) throw new MalformedFeedMessage('a snapshot that was cut off')
      at += length
      return held.subarray(at - length, at)
    },
    checksum() {
      if (sum === undefined) throw new TypeError('the checksum has been asked for already')
      const digest = sum.update(held.subarray(0, at)).digest()
      sum = undefined
      return digest
    },
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new MalformedFeedMessage('a number past 2^53')
  return value
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array, longest: number): string {
  if (bytes.length > longest) throw new MalformedFeedMessage('a text that is too long')
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new MalformedFeedMessage('a text that is no UTF-8', { cause })
  }
}
