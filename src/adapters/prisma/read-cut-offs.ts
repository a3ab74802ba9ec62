import type { RevocationKind } from '../../model/revocation-entry.js'
import type { EpochSeconds } from '../../model/time.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { Runner } from './database-session.js'
import { inChunks } from './in-chunks.js'
import { type CutOffStanding, cutOffStandings } from './sql/revocations.js'
import { optionalInstant } from './sql-integer.js'

/** What there is already about one that is to be cut off. */
export interface StandingCutOff {
  readonly greatest: EpochSeconds | undefined
  /** It is disabled or deleted: its entry matches everything, whoever asks for less. */
  readonly open: boolean
}

export interface CutOffs {
  of(kind: RevocationKind, id: string): StandingCutOff
}

const keyOf = (kind: RevocationKind, id: string): string => `${kind} ${id}`

export async function readCutOffs(transaction: Runner, batch: readonly NewRevocation[]): Promise<CutOffs> {
  const targets = new Map<string, { readonly kind: RevocationKind; readonly id: string }>()
  for (const revocation of batch) {
    if (revocation.kind === 'token' || revocation.kind === 'grant' || revocation.kind === 'key') continue
    const id = revocation.kind === 'all' ? '' : revocation.id
    targets.set(keyOf(revocation.kind, id), { kind: revocation.kind, id })
  }
  const standings = new Map<string, StandingCutOff>()
  for (const chunk of inChunks([...targets.values()])) {
    for (const row of await transaction.$queryRaw<CutOffStanding[]>(cutOffStandings(chunk))) {
      standings.set(keyOf(row.KIND, row.ID), { greatest: optionalInstant(row.GREATEST), open: isOpen(row) })
    }
  }
  return { of: (kind, id) => standings.get(keyOf(kind, id)) ?? { greatest: undefined, open: false } }
}

function isOpen(row: CutOffStanding): boolean {
  if (row.STATE !== null) return row.STATE !== 'ACTIVE'
  const isDeleted = row.KIND !== 'all' && row.NEWEST !== null && row.NEWEST_CUTOFF === null
  return isDeleted
}
