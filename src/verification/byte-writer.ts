/** Writes bytes one after the other. Whole numbers are safe integers. */
export interface ByteWriter {
  byte(value: number): void
  bytes(value: Uint8Array): void
  /** Not negative, in `length` bytes, the most significant first. */
  fixed(value: number, length: number): void
  /** Not negative: seven bits a byte, the least significant first; the eighth says that more follow. */
  unsigned(value: number): void
  /** As `unsigned` of 2n for n ≥ 0, and of -2n-1 below. */
  signed(value: number): void
  /** The length of the UTF-8 as `unsigned`, then the UTF-8. */
  text(value: string): void
  /** What was written since the last time. */
  take(): Buffer
}

const FIRST_SIZE = 4096
const LONGEST_NUMBER = 8

export function createByteWriter(): ByteWriter {
  let held = Buffer.allocUnsafe(FIRST_SIZE)
  let at = 0

  function room(length: number): void {
    if (at + length <= held.length) return
    held = Buffer.concat([held.subarray(0, at)], Math.max(held.length * 2, at + length))
  }

  function bytes(value: Uint8Array): void {
    room(value.length)
    held.set(value, at)
    at += value.length
  }

  function fixed(value: number, length: number): void {
    room(length)
    for (let place = length - 1, rest = value; place >= 0; place--, rest = Math.floor(rest / 256)) held[at + place] = rest % 256
    at += length
  }

  function unsigned(value: number): void {
    room(LONGEST_NUMBER)
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) held[at++] = (rest % 128) | 0x80
    held[at++] = rest
  }

  return {
    byte: (value) => fixed(value, 1),
    bytes,
    fixed,
    unsigned,
    signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value),
    text(value) {
      const encoded = Buffer.from(value)
      unsigned(encoded.length)
      bytes(encoded)
    },
    take() {
      const taken = Buffer.from(held.subarray(0, at))
      at = 0
      return taken
    },
  }
}
