/** Choices that a seed repeats. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  /** One of them. @throws RangeError when there is none. */
  pick<Item>(items: readonly Item[]): Item
}

/** The same choices for the same `parts`, such as seed, round and worker. */
export function createRandom(...parts: readonly number[]): Random {
  let state = parts.reduce((hash, part) => mix(hash ^ part), 0x9e3779b9)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    return mix(state) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 15), value | 1)
  hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61)
  return (hash ^ (hash >>> 14)) >>> 0
}
