import type { RevocationEntry, RevocationKind } from '../../../src/model/revocation-entry.js'
import { epochSeconds } from '../../../src/model/time.js'

export const START = 1_790_000_000

/** One that is in force for an hour. */
export function entry(seq: number, kind: RevocationKind, id: string, cutoff?: number, expires = START + 3600): RevocationEntry {
  return { seq, kind, id, cutoff: cutoff === undefined ? undefined : epochSeconds(cutoff), expires: epochSeconds(expires) }
}

export const times = (goodUntil: number, serverAhead = 0) => ({ goodUntil: epochSeconds(goodUntil), serverAhead })
