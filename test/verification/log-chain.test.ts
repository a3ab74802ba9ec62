import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { type ChainedEntry, chainEntry, drawLink, findBreak, isChainedBehind } from '../../src/verification/log-chain.js'

function entryAt(seq: number): RevocationEntry {
  return { seq, kind: 'token', id: `token-${seq}`, cutoff: undefined, expires: epochSeconds(2_000_000_000) }
}

/** A log of batches of these sizes. */
function logOf(...sizes: readonly number[]): ChainedEntry[] {
  const log: ChainedEntry[] = []
  let previous = ''
  for (const size of sizes) {
    const link = drawLink()
    for (let n = 0; n < size; n++) {
      const entry = entryAt(log.length + 1)
      log.push({ entry, chain: chainEntry(entry, { link, previous }) })
    }
    previous = link
  }
  return log
}

const at = (log: readonly ChainedEntry[], seq: number): ChainedEntry => log[seq - 1] as ChainedEntry

describe('a chained log', () => {
  it('has no break, from wherever it is read', () => {
    const log = logOf(1, 3, 1, 2)
    for (let from = 0; from < log.length; from++) expect(findBreak(log.slice(from))).toBeUndefined()
  })

  it('has one at an entry that was changed', () => {
    const log = logOf(2, 2, 2)
    log[3] = { ...at(log, 4), entry: { ...entryAt(4), expires: epochSeconds(1) } }
    expect(findBreak(log)).toBe(4)
  })

  it('has one where another log goes on', () => {
    const [one, other] = [logOf(2, 2), logOf(2, 2)]
    expect(findBreak([...one.slice(0, 2), ...other.slice(2)])).toBe(3)
    expect(isChainedBehind(at(one, 3), at(one, 2).chain?.slice(0, 32) ?? '')).toBe(true)
    expect(isChainedBehind(at(other, 3), at(one, 2).chain?.slice(0, 32) ?? '')).toBe(false)
  })

  it('has one where an entry took the place of another of its batch', () => {
    const log = logOf(1, 3)
    log[2] = { ...at(log, 4), entry: entryAt(3) }
    expect(findBreak(log)).toBe(3)
  })

  it('may have gaps, and entries that were not chained', () => {
    const log = logOf(2, 2, 2, 2)
    expect(findBreak(log.filter(({ entry }) => entry.seq !== 3))).toBeUndefined()
    expect(findBreak(log.map((one) => (one.entry.seq === 4 ? { ...one, chain: undefined } : one)))).toBeUndefined()
    expect(isChainedBehind({ entry: entryAt(1), chain: undefined }, drawLink())).toBe(true)
  })
})
