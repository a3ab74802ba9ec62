/** How many 32-bit words a packed id has. */
export const PACKED_WORDS = 4

const UUID_LENGTH = 36
const HYPHEN = 0x2d
/** Where in a UUID each half of each word begins: every four digits, hyphens left out. */
const HALVES = [0, 4, 9, 14, 19, 24, 28, 32] as const

/**
 * Reads a canonical lower-case UUID (RFC 9562 §4) into four 32-bit words, without allocating.
 * @returns false, with `words` in no particular state, for anything else: such an id cannot be packed without losing how it was written.
 */
export function packUuid(id: string, words: Uint32Array): boolean {
  if (id.length !== UUID_LENGTH || !isHyphen(id, 8) || !isHyphen(id, 13) || !isHyphen(id, 18) || !isHyphen(id, 23)) return false
  for (let word = 0; word < PACKED_WORDS; word++) {
    const high = fourDigits(id, HALVES[word * 2] ?? 0)
    const low = fourDigits(id, HALVES[word * 2 + 1] ?? 0)
    if ((high | low) < 0) return false
    words[word] = (high << 16) | low
  }
  return true
}

/** The UUID that was packed. */
export function unpackUuid(words: Uint32Array): string {
  let hex = ''
  for (const word of words) hex += word.toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const isHyphen = (id: string, at: number): boolean => id.charCodeAt(at) === HYPHEN

/** Negative where one of the four is no lower-case hexadecimal digit. */
function fourDigits(id: string, at: number): number {
  return (digit(id, at) << 12) | (digit(id, at + 1) << 8) | (digit(id, at + 2) << 4) | digit(id, at + 3)
}

function digit(id: string, at: number): number {
  const code = id.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}
