/**
 * Prints the resident bytes per entry of a set with a million token entries. A process of its own, since resident memory
 * is only worth something where nothing else is.
 */
import { createHash } from 'node:crypto'
import type { EpochSeconds } from '../../src/model/time.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'

const COUNT = 1_000_000
const collect = globalThis.gc ?? (() => undefined)

function uuid(n: number): string {
  const hex = createHash('md5').update(String(n)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

function fill(set: ReturnType<typeof createRevocationSet>, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) {
    set.apply({ seq, kind: 'token', id: uuid(seq), cutoff: undefined, expires: (1_763_690_000 + (seq % 3600)) as EpochSeconds })
  }
}

const warmUp = createRevocationSet()
fill(warmUp, 1, 20_000)
warmUp.clear()
collect()
const set = createRevocationSet()
const before = process.memoryUsage.rss()
for (let from = 1; from <= COUNT; from += 20_000) {
  fill(set, from, from + 19_999)
  collect()
}
console.log(JSON.stringify({ size: set.size, bytesPerEntry: (process.memoryUsage.rss() - before) / COUNT }))
