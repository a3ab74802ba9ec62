/** A 32-bit hash of a few 32-bit words. */
export type KeyedHash = (tag: number, words: Uint32Array) => number

/**
 * HalfSipHash-1-3 with the given two key words: whoever does not know them cannot choose ids that collide.
 * `tag` is hashed before the words.
 */
export function createKeyedHash(key: Uint32Array): KeyedHash {
  const [k0 = 0, k1 = 0] = key
  return (tag, words) => {
    let v0 = k0
    let v1 = k1
    let v2 = k0 ^ 0x6c796765
    let v3 = k1 ^ 0x74656462
    const rounds = words.length + 5
    for (let round = 0; round < rounds; round++) {
      const word = round === 0 ? tag : (words[round - 1] ?? 0)
      v3 ^= word
      if (round === words.length + 2) v2 ^= 0xff
      v0 = (v0 + v1) | 0
      v1 = rotate(v1, 5) ^ v0
      v0 = rotate(v0, 16)
      v2 = (v2 + v3) | 0
      v3 = rotate(v3, 8) ^ v2
      v0 = (v0 + v3) | 0
      v3 = rotate(v3, 7) ^ v0
      v2 = (v2 + v1) | 0
      v1 = rotate(v1, 13) ^ v2
      v2 = rotate(v2, 16)
      v0 ^= word
    }
    return v1 ^ v3
  }
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
