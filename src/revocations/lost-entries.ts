import { clientId, grantId, keyId, tokenId, userId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { NewRevocation } from '../stores/revocation-log.js'
import type { RevocationSet } from '../verification/revocation-set.js'

/**
 * How much further a new epoch of the log numbers its entries than anything that any node may have known of the one before:
 * else an entry of the new one could be taken for an older one of the same id, and passed over.
 */
export const EPOCH_STRIDE = 2 ** 32

/**
 * How many of the last places a restored log is compared by, entry by entry: it may have been written on to beyond all that was lost.
 */
const COMPARED = 2 ** 16

/** What the log, restored from before and begun anew, lacks of what this process knows. */
export interface LostEntries {
  /** To be told of every page of the new epoch, from the beginning of the log, before the set takes it in. */
  see(page: readonly RevocationEntry[]): void
  /** What nobody has written again; to be asked when all has been seen. */
  list(): readonly NewRevocation[]
}

/** `position`: up to where this process knew the log of the epoch before. What it knew beyond that cannot be far. */
export function createLostEntries(set: RevocationSet, position: number): LostEntries {
  const end = position + EPOCH_STRIDE / 2
  const comparedFrom = Math.max(0, position - COMPARED)
  const held = new Map<number, string>()
  const seen = new Set<number>()
  let restoredTo = 0
  let lost: Map<string, RevocationEntry> | undefined
  for (const entry of set.entries(comparedFrom)) held.set(entry.seq, keyOf(entry))

  /** What is held beyond the restored part it has lost, and what is held in a place where it has another entry. */
  function collect(): Map<string, RevocationEntry> {
    lost ??= new Map([...set.entries(Math.min(restoredTo, comparedFrom))].filter(isLost).map((entry) => [keyOf(entry), entry]))
    return lost
  }

  function isLost(entry: RevocationEntry): boolean {
    const { seq } = entry
    return seq < end && (seq > restoredTo || (held.get(seq) === keyOf(entry) && !seen.has(seq)))
  }

  return {
    see(page) {
      for (const entry of page) {
        if (entry.seq >= end) {
          if (isWrittenAgain(collect().get(keyOf(entry)), entry)) collect().delete(keyOf(entry))
          continue
        }
        restoredTo = entry.seq
        if (held.get(entry.seq) === keyOf(entry)) seen.add(entry.seq)
      }
    },
    list: () => [...collect().values()].map(asNew),
  }
}

const keyOf = ({ kind, id }: RevocationEntry): string => `${kind} ${id}`

/** One with a cut-off is less than an open one: whoever wrote it may not have known that. */
const isWrittenAgain = (lost: RevocationEntry | undefined, { cutoff }: RevocationEntry): boolean =>
  lost !== undefined && (lost.cutoff !== undefined || cutoff === undefined)

function asNew(entry: RevocationEntry): NewRevocation {
  switch (entry.kind) {
    case 'token':
      return { kind: 'token', id: tokenId(entry.id), expiresAt: entry.expires }
    case 'grant':
      return { kind: 'grant', id: grantId(entry.id) }
    case 'key':
      return { kind: 'key', id: keyId(entry.id) }
    case 'subject':
      return { kind: 'subject', id: userId(entry.id), open: entry.cutoff === undefined }
    case 'client':
      return { kind: 'client', id: clientId(entry.id), open: entry.cutoff === undefined }
    case 'all':
      return { kind: 'all' }
  }
}
