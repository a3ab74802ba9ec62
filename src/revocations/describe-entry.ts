import type { RevocationEntry } from '../model/revocation-entry.js'

/** An entry as it is told to whoever asked for it, on the command line and over HTTP: times in epoch seconds, `null` where there is none. */
export interface EntryDocument {
  readonly kind: string
  readonly id: string | null
  readonly seq: number
  readonly cutoff: number | null
  readonly expires: number
}

/** The document of an entry. */
export function describeEntry({ kind, id, seq, cutoff, expires }: RevocationEntry): EntryDocument {
  return { kind, id: kind === 'all' ? null : id, seq, cutoff: cutoff ?? null, expires }
}
