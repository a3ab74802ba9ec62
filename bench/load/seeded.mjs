import { createHash } from 'node:crypto'

/** Choices that a seed repeats: a number from 0 to below `limit`, which need not be whole. */
export function createChoice(seed) {
  let drawn = 0
  return (limit) => (digestOf(`choice:${seed}:${drawn++}`).readUInt32BE(0) / 2 ** 32) * limit
}

/** The same identifier for the same seed and place, so that nobody has to carry a million of them from one process to another. */
export function identifierAt(seed, place) {
  const hex = digestOf(`id:${seed}:${place}`).toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The tenth is for a grant, the others are for access tokens. */
export const kindAt = (place) => (place % 10 === 9 ? 'grant' : 'token')

const digestOf = (text) => createHash('sha256').update(text).digest()
