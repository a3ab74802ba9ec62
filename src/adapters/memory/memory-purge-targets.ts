import { type RevocationEntry, revocableId } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, later } from '../../model/time.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { StoredToken } from '../../stores/stored-token-store.js'
import { markStoredTokens } from './append-revocations.js'
import { leaveActive } from './leave-active.js'
import { answer, type LogLine, type MemoryState } from './memory-state.js'

/** How much of the log's newest part is always there, in seconds. */
const KEPT_WHOLE = 3600

export function createMemoryPurgeTargets(state: MemoryState): readonly PurgeTarget[] {
  const tokens = () => [...state.storedTokens.values()].filter((token) => purgeAfter(state, token) < state.clock.now())
  const isAudited = state.limits.cleanup?.kind === 'audit'
  const dead = () => [...state.storedTokens.values()].filter((token) => token.state !== 'ACTIVE')
  const audit = () => state.audit.filter((line) => line.purgeAfter < state.clock.now())
  const grants = () => [...state.grants.values()].filter((row) => row.purgeAfter < state.clock.now())
  return [
    target(state, 'tokens', tokens, (gone) => purgeTokens(state, gone)),
    ...(isAudited ? [{ ...target(state, 'dead tokens', dead, (gone) => purgeTokens(state, gone)), onRequestOnly: true as const }] : []),
    target(state, 'audit', audit, (gone) => {
      state.audit = state.audit.filter((line) => !gone.includes(line))
    }),
    target(state, 'grants', grants, (gone) => gone.forEach(({ grantId }) => void state.grants.delete(grantId))),
    target(
      state,
      'revocations',
      () => expiredLines(state),
      (gone) => forget(state, gone),
    ),
  ]
}

function target<Row>(state: MemoryState, name: string, find: () => readonly Row[], remove: (rows: readonly Row[]) => void): PurgeTarget {
  return {
    name,
    estimate: () => answer(state, () => find().length),
    deleteBatch: (limit) =>
      answer(state, () => {
        const rows = find().slice(0, limit)
        remove(rows)
        return rows.length
      }),
  }
}

/** Where an audit is kept they go there too. */
function purgeTokens(state: MemoryState, gone: readonly StoredToken[]): void {
  if (state.limits.cleanup?.kind === 'audit') leaveActive(state, (token) => gone.includes(token), { state: 'EXPIRED', staysKnown: false })
  else for (const { tokenId } of gone) state.storedTokens.delete(tokenId)
}

function purgeAfter(state: MemoryState, token: StoredToken): EpochSeconds {
  return after(later(token.expiresAt, token.refreshExpiresAt ?? token.expiresAt), state.limits.keepAfterExpiry)
}

const isOld = (state: MemoryState, line: LogLine): boolean => line.createdAt < state.clock.now() - KEPT_WHOLE

function expiredLines(state: MemoryState): readonly LogLine[] {
  return state.log.filter((line) => isOld(state, line) && line.entry.expires < state.clock.now())
}

function forget(state: MemoryState, gone: readonly LogLine[]): void {
  state.head.trimmedTo = Math.max(state.head.trimmedTo, ...state.log.filter((line) => isOld(state, line)).map((line) => line.entry.seq))
  for (const { entry } of gone) markStoredTokens(state, (token) => isHitBy(token, entry))
  state.log = state.log.filter((line) => !gone.includes(line))
}

function isHitBy(token: StoredToken, entry: RevocationEntry): boolean {
  return revocableId({ ...token, keyId: undefined }, entry.kind) === entry.id && (entry.cutoff === undefined || token.grantedAt <= entry.cutoff)
}
