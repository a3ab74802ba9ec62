import { claimsOf } from './calls.js'
import type { Sql } from './sql.js'

export interface DurableEntry {
  readonly seq: number
  readonly kind: string
  readonly id: string
  /** undefined: whatever the times say. */
  readonly cutoff: number | undefined
  readonly expires: number
}

/** What the database holds of revocations, read past every proxy. */
export interface Durable {
  readonly epoch: number
  readonly seq: number
  readonly trimmedTo: number
  readonly entries: readonly DurableEntry[]
}

export async function readDurable(sql: Sql): Promise<Durable> {
  const rows = await sql('SELECT SEQ, KIND, ID, CUTOFF, EXPIRES FROM JETON_REVOCATION ORDER BY SEQ')
  const [head] = await sql('SELECT EPOCH, SEQ, TRIMMED_TO FROM JETON_HEAD WHERE ID = 1')
  return {
    epoch: Number(head?.EPOCH),
    seq: Number(head?.SEQ),
    trimmedTo: Number(head?.TRIMMED_TO),
    entries: rows.map(({ SEQ, KIND, ID, CUTOFF, EXPIRES }) => ({
      seq: Number(SEQ),
      kind: String(KIND),
      id: String(ID),
      cutoff: CUTOFF === null ? undefined : Number(CUTOFF),
      expires: Number(EXPIRES),
    })),
  }
}

export const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }): string => `${kind} ${id}`

/** Of each kind and id what counts: the newest entry, whose cut-off never goes back behind an earlier one. */
export function inForce(entries: readonly DurableEntry[]): ReadonlyMap<string, DurableEntry> {
  const newest = new Map<string, DurableEntry>()
  for (const entry of entries) {
    const held = newest.get(keyOf(entry))
    const isBack = held?.cutoff !== undefined && entry.cutoff !== undefined && held.cutoff > entry.cutoff
    newest.set(keyOf(entry), isBack ? { ...entry, cutoff: held.cutoff } : entry)
  }
  return newest
}

/** Whether any entry hits this access token: reckoned from the rows and its claims alone, by product rules and not by Jeton's code. */
export function isHit(force: ReadonlyMap<string, DurableEntry>, token: string): boolean {
  const claims = claimsOf(token)
  const kid = claimsOf(`.${token.split('.')[0]}`).kid
  const grantedAt = Number(claims.grant_iat ?? claims.iat)
  const ids: readonly (readonly [string, unknown])[] = [
    ['token', claims.jti],
    ['grant', claims.grant_id],
    ['key', kid],
    ['client', claims.client_id],
    ['all', ''],
    ...(claims.aut === 'APPLICATION_USER' ? [['subject', claims.sub] as const] : []),
  ]
  return ids.some(([kind, id]) => {
    const entry = force.get(keyOf({ kind, id: String(id) }))
    return entry !== undefined && (entry.cutoff === undefined || grantedAt <= entry.cutoff)
  })
}
