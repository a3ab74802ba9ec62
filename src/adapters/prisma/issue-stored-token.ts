import { StoreUnavailable } from '../../errors/operational-errors.js'
import { grantId, type TokenId, tokenId } from '../../model/ids.js'
import { ownerOf, type RevokedOwner } from '../../model/revocation-entry.js'
import { after, epochSeconds, type Seconds } from '../../model/time.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { IssueOutcome, IssueRule, StoredToken, TokenPlace } from '../../stores/stored-token-store.js'
import { appendEntries, type RevocationLimits } from './append-revocations.js'
import type { Runner } from './database-session.js'
import { leaveById, leaveOfGrants } from './leave-active.js'
import type { LeavingRecord } from './sql/leaving-tokens.js'
import { revokeGrants } from './sql/revocations.js'
import { type StoredTokenRecord, toStoredToken } from './sql/stored-token-record.js'
import { findInPlaceOf, findToken, insertScopes, insertStoredToken, type PlaceRecord } from './sql/stored-tokens.js'
import { integer } from './sql-integer.js'

/** Each time the place was taken meanwhile another request has got it. So many at once are a client gone wild. */
const ATTEMPTS = 25

/** @returns whether it stands: not, where its place is taken or its client is not there any more. */
export async function insertAt(
  transaction: Runner,
  token: StoredToken,
  at: { readonly place: TokenPlace; readonly keepAfterExpiry: Seconds },
): Promise<boolean> {
  if ((await transaction.execute(insertStoredToken(transaction.dialect, token, at))) !== 1) return false
  if (token.scopes.length > 0) await transaction.execute(insertScopes(token))
  return true
}

/** In the one place if that is free, and if it was asked for; else beside. @throws StoreUnavailable when the client is gone. */
export async function insertSomewhere(
  transaction: Runner,
  token: StoredToken,
  at: { readonly place: TokenPlace; readonly keepAfterExpiry: Seconds },
): Promise<void> {
  if (await insertAt(transaction, token, at)) return
  if (at.place === 'only' && (await insertAt(transaction, token, { ...at, place: 'beside' }))) return
  throw new StoreUnavailable('database', { cause: new Error('the client of the token is not there any more') })
}

/** In the one place, once whoever has it has left it. Grants, tokens, head of the log: everybody locks in this order. */
export async function issueInPlace(
  transaction: Runner,
  token: StoredToken,
  { rule, limits }: { readonly rule: Extract<IssueRule, { kind: 'replace' | 'reuse' }>; readonly limits: RevocationLimits },
): Promise<IssueOutcome> {
  const revoked: NewRevocation[] = []
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [found] = await transaction.rows<PlaceRecord>(findInPlaceOf(transaction.dialect, token))
    if (found && rule.kind === 'reuse' && found.TOKEN_ID !== rule.except) {
      const existing = await findStored(transaction, tokenId(found.TOKEN_ID))
      if (existing !== undefined) return { kind: 'existing', token: existing }
    }
    if (found) revoked.push(...(await endPrevious(transaction, found, limits)).flatMap((left) => asRevocation(left, ownerOf(token))))
    if (await insertAt(transaction, token, { place: 'only', ...limits }))
      return { kind: 'issued', entries: await appendEntries(transaction, revoked, limits) }
  }
  throw new StoreUnavailable('database', { cause: new Error('the client is not there any more, or another request was always first') })
}

async function findStored(transaction: Runner, id: TokenId): Promise<StoredToken | undefined> {
  const [record] = await transaction.rows<StoredTokenRecord>(findToken(transaction.dialect, id))
  return record && toStoredToken(record)
}

/** The pair in the place, and what else its grant has. */
async function endPrevious(transaction: Runner, previous: PlaceRecord, limits: RevocationLimits): Promise<readonly LeavingRecord[]> {
  const leaving = { state: 'REVOKED or EXPIRED', cleanup: limits.cleanup, staysKnown: false } as const
  if (previous.JETON_GRANT_ID === null || previous.REFRESH_TOKEN_HASH === null) return leaveById(transaction, [previous.TOKEN_ID], leaving)
  const ids = [grantId(previous.JETON_GRANT_ID)]
  // The one in the place is the newest of its grant, so no refresh token of the grant outlives the one beside it.
  const lastExpiry = epochSeconds(Math.ceil(integer(previous.REFRESH_ENDS)))
  await transaction.execute(revokeGrants(transaction.dialect, ids, after(lastExpiry, limits.keepAfterExpiry)))
  return leaveOfGrants(transaction, ids, leaving)
}

/** What gateways accept without asking, and for how long they would. Of an opaque token the row is the truth. */
function asRevocation({ TOKEN_ID, IS_JWT, ENDS, TIME_NOW }: LeavingRecord, owner: RevokedOwner): readonly NewRevocation[] {
  const [ends, now] = [Math.ceil(integer(ENDS)), integer(TIME_NOW)]
  return integer(IS_JWT) === 1 && ends > now ? [{ kind: 'token', id: tokenId(TOKEN_ID), expiresAt: epochSeconds(ends), owner }] : []
}
