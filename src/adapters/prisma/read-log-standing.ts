import type { RevocationKind } from '../../model/revocation-entry.js'
import type { EpochSeconds } from '../../model/time.js'
import type { LogStanding } from '../../revocations/make-entry.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { Runner } from './database-session.js'
import { inChunks } from './in-chunks.js'
import { type CutOffStanding, cutOffStandings, type GreatestCutOff, greatestCutOffs } from './sql/revocations.js'
import { optionalInstant } from './sql-integer.js'

interface Target {
  readonly kind: RevocationKind
  readonly id: string
}

const keyOf = ({ kind, id }: Target): string => `${kind} ${id}`

/** Reads what the batch's cut-offs have to know; a batch without any costs nothing. */
export async function readLogStanding(transaction: Runner, batch: readonly NewRevocation[]): Promise<LogStanding> {
  const targets = new Map(batch.flatMap(targetOf).map((target) => [keyOf(target), target]))
  const ofEach = new Map<string, CutOffStanding>()
  for (const chunk of inChunks([...targets.values()])) {
    for (const row of await transaction.rows<CutOffStanding>(cutOffStandings(chunk))) ofEach.set(keyOf({ kind: row.KIND, id: row.ID }), row)
  }
  const ofKinds = new Map<RevocationKind, EpochSeconds | undefined>()
  if (targets.size > 0) {
    for (const { KIND, GREATEST } of await transaction.rows<GreatestCutOff>(greatestCutOffs())) ofKinds.set(KIND, optionalInstant(GREATEST))
  }
  return {
    greatestCutoff: (kind, id) => optionalInstant(ofEach.get(keyOf({ kind, id }))?.GREATEST ?? null),
    greatestCutoffOf: (kind) => ofKinds.get(kind),
    isShut: (kind, id) => isShut(ofEach.get(keyOf({ kind, id }))),
  }
}

function targetOf(revocation: NewRevocation): readonly Target[] {
  const { kind } = revocation
  if (kind === 'token' || kind === 'grant' || kind === 'key') return []
  return [{ kind, id: kind === 'all' ? '' : revocation.id }]
}

/** Disabled; or deleted, and then the newest entry is the open one of the deletion. */
function isShut(row: CutOffStanding | undefined): boolean {
  if (row === undefined || row.KIND === 'all') return false
  return row.STATE === null ? row.NEWEST !== null && row.NEWEST_CUTOFF === null : row.STATE !== 'ACTIVE'
}
