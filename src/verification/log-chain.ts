import { hash, randomBytes } from 'node:crypto'
import type { RevocationEntry } from '../model/revocation-entry.js'
import { canonicalEntry } from './log-digest.js'

/** Of each batch of entries that are written together: its own name, drawn at random, and that of the batch before. Empty before the first. */
export interface BatchLink {
  readonly link: string
  readonly previous: string
}

/** An entry as it stands in the log, with what it was chained by; undefined for one written by a version that did not. */
export interface ChainedEntry {
  readonly entry: RevocationEntry
  readonly chain: string | undefined
}

const LINK_BYTES = 16
const LINK_DIGITS = 2 * LINK_BYTES

/** The name of a new batch: 32 hexadecimal digits. */
export function drawLink(): string {
  return randomBytes(LINK_BYTES).toString('hex')
}

/** The link of its batch, and half of the SHA-256 over the previous link, its own and the entry: 64 hexadecimal digits. */
export function chainEntry(entry: RevocationEntry, { link, previous }: BatchLink): string {
  return link + hash('sha256', `${previous}\n${link}\n${canonicalEntry(entry)}`, 'hex').slice(0, LINK_DIGITS)
}

/** Whether the entry is the one that was written, and that behind the batch of this link. True where it was not chained. */
export function isChainedBehind({ entry, chain }: ChainedEntry, previous: string): boolean {
  return chain === undefined || chain === chainEntry(entry, { link: linkOf(chain), previous })
}

/**
 * Goes along a log in ascending `seq`.
 * @returns the first place at which stands another entry than was written, or one that was not written behind the entry before.
 */
export function findBreak(log: Iterable<ChainedEntry>): number | undefined {
  let last: { readonly seq: number; readonly link: string; readonly previous: string | undefined } | undefined
  for (const one of log) {
    const { entry, chain } = one
    const link = chain === undefined ? undefined : linkOf(chain)
    // Behind a gap, or behind an entry that was not chained, nothing can be told until the next batch.
    const isNext = last !== undefined && last.seq + 1 === entry.seq
    const previous = isNext ? (last?.link === link ? last?.previous : last?.link) : undefined
    if (previous !== undefined && !isChainedBehind(one, previous)) return entry.seq
    last = link === undefined ? undefined : { seq: entry.seq, link, previous }
  }
  return undefined
}

const linkOf = (chain: string): string => chain.slice(0, LINK_DIGITS)
