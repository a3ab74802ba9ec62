import { StoreUnavailable } from '../../errors/operational-errors.js'
import { judgeRefresh } from '../../model/grant.js'
import { ownerOf } from '../../model/revocation-entry.js'
import { after } from '../../model/time.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type {
  IssueOutcome,
  IssueRule,
  StoredRefreshTokenName,
  StoredSuccessor,
  StoredToken,
  StoredTokenStore,
  TokenPlace,
} from '../../stores/stored-token-store.js'
import { appendEntries, endGrant } from './append-revocations.js'
import { leaveActive } from './leave-active.js'
import { momentOf, takeGrantStep } from './memory-grant-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryStoredTokenStore(state: MemoryState): StoredTokenStore {
  const { storedTokens } = state
  return {
    issue: (token, rule) => answer(state, () => issue(state, token, rule)),
    findByAccessToken: (hash) => answer(state, () => [...storedTokens.values()].find((token) => token.accessTokenHash === hash)),
    findByRefreshToken: (name) => answer(state, () => findRefreshToken(state, name)),
    replace: (step, successor, place) =>
      answer(state, () => {
        const standing = judgeRefresh(state.grants.get(step.grantId), step.from, momentOf(state), step)
        if (standing !== 'current' && standing !== 'grace') return { standing }
        // Before the first change, since nothing here could take one back.
        if (successor !== undefined) requireClient(state, successor)
        const outcome = takeGrantStep(state, step)
        if (outcome.standing !== 'current' && outcome.standing !== 'grace') return outcome
        if (outcome.standing === 'current') retireTokensOfGrant(state, step.grantId, successor === undefined)
        if (successor !== undefined) insertSuccessor(state, { ...successor, generation: outcome.row.generation }, { place, row: outcome.row })
        return outcome
      }),
  }
}

function issue(state: MemoryState, token: StoredToken, rule: IssueRule): IssueOutcome {
  requireClient(state, token)
  if (rule.kind === 'renew') retireTokensOfGrant(state, token.grantId, false)
  if (rule.kind === 'beside' || rule.kind === 'renew') {
    insert(state, token, rule.kind === 'renew' ? 'only' : 'beside')
    return { kind: 'issued', entries: [] }
  }
  const previous = findInPlaceOf(state, token)
  if (previous && rule.kind === 'reuse' && previous.tokenId !== rule.except) return { kind: 'existing', token: previous }
  const revoked = previous ? endPrevious(state, previous).flatMap((left) => asRevocation(state, left)) : []
  insert(state, token, 'only')
  return { kind: 'issued', entries: appendEntries(state, revoked) }
}

function endPrevious(state: MemoryState, previous: StoredToken): readonly StoredToken[] {
  const { grantId, refreshExpiresAt } = previous
  if (refreshExpiresAt !== undefined)
    return endGrant(state, grantId, { state: 'REVOKED or EXPIRED', keptUntil: after(refreshExpiresAt, state.limits.keepAfterExpiry) })
  return leaveActive(state, (token) => token === previous, { state: 'REVOKED or EXPIRED', staysKnown: false })
}

/** Of an opaque token the row is the truth. */
function asRevocation({ clock }: MemoryState, token: StoredToken): readonly NewRevocation[] {
  const { tokenId, format, expiresAt } = token
  return format === 'jwt' && expiresAt > clock.now() ? [{ kind: 'token', id: tokenId, expiresAt, owner: ownerOf(token) }] : []
}

function findRefreshToken({ storedTokens, audit }: MemoryState, { hash, grantId, generation }: StoredRefreshTokenName): StoredToken | undefined {
  const rows = [...storedTokens.values()].filter((token) => token.refreshTokenHash !== undefined)
  const own = rows.filter((token) => token.refreshTokenHash === hash).sort(byAge)
  const audited = audit.find(
    ({ token }) => token.grantId === grantId && token.generation === generation && token.refreshTokenHash !== undefined,
  )?.token
  const ofGrant = rows.filter((token) => token.grantId === grantId).sort((one, other) => one.generation - other.generation || byAge(one, other))
  // The audit does not keep the scopes of the access token.
  return own.at(-1) ?? (audited && { ...audited, scopes: [] }) ?? ofGrant.at(-1)
}

function findInPlaceOf({ storedTokens, inOnlyPlace }: MemoryState, token: StoredToken): StoredToken | undefined {
  return [...storedTokens.values()].find((one) => one.state === 'ACTIVE' && inOnlyPlace.has(one.tokenId) && placeOf(one) === placeOf(token))
}

const placeOf = ({ clientId, username, subject, authorizedType, scopes }: StoredToken): string =>
  JSON.stringify([clientId, username ?? subject, authorizedType, [...scopes].sort()])

function insertSuccessor(
  state: MemoryState,
  successor: StoredSuccessor & Pick<StoredToken, 'generation'>,
  {
    place,
    row,
  }: { readonly place: TokenPlace; readonly row: { readonly rotatedAt: StoredToken['issuedAt']; readonly expiresAt: StoredToken['expiresAt'] } },
): void {
  const times = successor.refreshTokenHash === undefined ? NO_TIMES : { refreshIssuedAt: row.rotatedAt, refreshExpiresAt: row.expiresAt }
  insert(state, { ...successor, ...times }, place)
}

const NO_TIMES = { refreshIssuedAt: undefined, refreshExpiresAt: undefined }

function insert(state: MemoryState, token: StoredToken, place: TokenPlace): void {
  if (place === 'only' && findInPlaceOf(state, token) === undefined) state.inOnlyPlace.add(token.tokenId)
  state.storedTokens.set(token.tokenId, token)
}

function requireClient(state: MemoryState, { clientId }: Pick<StoredToken, 'clientId'>): void {
  if (!state.clients.has(clientId)) throw new StoreUnavailable('database', { cause: new Error('the client of the token is not there any more') })
}

function retireTokensOfGrant(state: MemoryState, grantId: string, staysKnown: boolean): void {
  leaveActive(state, (token) => token.grantId === grantId, { state: 'INACTIVE', staysKnown })
}

/** Sorting is stable, so what was stored later stays later. */
function byAge(one: StoredToken, other: StoredToken): number {
  return one.issuedAt - other.issuedAt
}
