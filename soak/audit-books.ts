import type { Book, Lane } from './book.js'
import type { Evidence, WitnessedRow } from './witness.js'

/** What does not agree: each line a rule that is broken, how often, and an example. Empty: everything agrees. */
export function findDifferences({ inserted, left, table, audit, scopes }: Evidence, book: Book, lanes: readonly Lane[]): readonly string[] {
  const ids = (rows: readonly WitnessedRow[]) => new Set(rows.map(({ tokenId }) => tokenId))
  const [everInserted, everLeft, inTable, inAudit] = [ids(inserted), ids(left), ids(table), ids(audit)]
  const activeHashes = new Set(table.map(({ hash }) => hash))
  const auditStates = new Map(audit.map(({ hash, state }) => [hash, state]))
  const insertedHashes = new Set(inserted.map(({ hash }) => hash))
  const held = lanes.flatMap(({ holds }) => (typeof holds === 'string' || holds.isRevoked ? [] : [holds.hash]))
  const heldHashes = new Set(held)
  const unknownLanes = lanes.filter(({ holds }) => holds === 'unknown').length
  const strangers = table.filter(({ hash }) => !heldHashes.has(hash))
  const unacknowledged = inserted.filter(({ hash }) => !book.issued.has(hash))
  return [
    ...some(
      'rows are in the token table and not ACTIVE',
      table.filter(({ state }) => state !== 'ACTIVE'),
    ),
    ...some(
      'rows were inserted and are nowhere',
      [...everInserted].filter((id) => !inTable.has(id) && !inAudit.has(id)),
    ),
    ...some(
      'rows are there and were never inserted',
      [...inTable, ...inAudit].filter((id) => !everInserted.has(id)),
    ),
    ...some(
      'tokens are live and in the audit',
      [...inTable].filter((id) => inAudit.has(id)),
    ),
    ...more('rows of the audit are there twice', audit.length - inAudit.size),
    ...more('tokens left ACTIVE twice', left.length - everLeft.size),
    ...some(
      'tokens left ACTIVE and are not in the audit',
      [...everLeft].filter((id) => !inAudit.has(id)),
    ),
    ...some(
      'tokens are in the audit and never left ACTIVE',
      [...inAudit].filter((id) => !everLeft.has(id)),
    ),
    ...some(
      'tokens were given out and never stored',
      [...book.issued].filter((hash) => !insertedHashes.has(hash)),
    ),
    ...some(
      'tokens were ended and are not in the audit, or as something else',
      [...book.ended].filter(([hash, state]) => !isEnded(auditStates, hash, state)),
    ),
    ...some(
      'tokens are held by a client and not live',
      held.filter((hash) => !activeHashes.has(hash)),
    ),
    ...more('tokens are live that nobody can hold', strangers.length - unknownLanes),
    ...more('rows were inserted that no request asked for', unacknowledged.length - book.unknownInserts),
    ...some(
      'live tokens have no scopes',
      table.filter(({ tokenId }) => !scopes.has(tokenId)),
    ),
    ...some(
      'scopes are left of tokens that are gone',
      [...scopes.keys()].filter((id) => !inTable.has(id)),
    ),
    ...some('answers were wrong', book.wrong),
  ]
}

function isEnded(states: ReadonlyMap<string, string>, hash: string, wanted: string | undefined): boolean {
  const state = states.get(hash)
  return wanted === undefined ? state !== undefined : state === wanted
}

function some(rule: string, broken: readonly unknown[]): readonly string[] {
  return broken.length === 0 ? [] : [`${broken.length} ${rule}, such as ${JSON.stringify(broken[0])}`]
}

const more = (rule: string, count: number): readonly string[] => (count > 0 ? [`${count} ${rule}`] : [])
