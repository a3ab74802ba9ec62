import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { EpochSeconds } from '../../model/time.js'

/** Both by the clock of this machine, which whoever reads the copy has too. */
export interface CopyTimes {
  /** From this second on the copy must not be believed. */
  readonly goodUntil: EpochSeconds
  /** How far the server's clock is ahead, in whole seconds; negative when it is behind. `exp` is judged by the server's. */
  readonly serverAhead: number
}

export interface CopyChange {
  /** Nothing of their kind and id is in the copy. */
  readonly added: readonly RevocationEntry[]
  /** Take the place of what is there under their kind and id. */
  readonly replaced: readonly RevocationEntry[]
  /** Have expired. */
  readonly gone: readonly RevocationEntry[]
  readonly times: CopyTimes
}

/** What another program on this machine knows of revocations, kept for it from here. */
export interface RevocationCopy {
  /** Puts these in place of everything that is there; what is there counts until all of them are. */
  replace(entries: Iterable<RevocationEntry>, times: CopyTimes): Promise<void>
  /** @returns `replace` when it needs everything again, since it lost or outgrew what it was told. */
  update(change: CopyChange): Promise<'done' | 'replace'>
  /** The copy stays, and grows old. */
  close(): Promise<void>
}
