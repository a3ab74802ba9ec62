import { type RevocationEntry, revocableId } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, later } from '../../model/time.js'
import type { LoggedRevocation } from '../../stores/outbox-store.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { StoredToken } from '../../stores/stored-token-store.js'
import { markStoredTokens } from './append-revocations.js'
import { leaveActive } from './leave-active.js'
import { createMemoryPurgeTarget as target } from './memory-purge-target.js'
import type { MemoryState } from './memory-state.js'

/** How much of the log's newest part is always there, in seconds. */
const KEPT_WHOLE = 3600

export function createMemoryPurgeTargets(state: MemoryState): readonly PurgeTarget[] {
  const tokens = () => [...state.storedTokens.values()].filter((token) => purgeAfter(state, token) < state.clock.now())
  const isAudited = state.limits.cleanup?.kind === 'audit'
  const dead = () => [...state.storedTokens.values()].filter((token) => token.state !== 'ACTIVE')
  const audit = () => state.audit.filter((line) => line.purgeAfter < state.clock.now())
  const grants = () => [...state.grants.values()].filter((row) => row.purgeAfter < state.clock.now())
  const remove = (gone: readonly StoredToken[]) => purgeTokens(state, gone)
  return [
    target(state, { name: 'tokens', find: tokens, remove, reasonOf }),
    ...(isAudited ? [{ ...target(state, { name: 'dead tokens', find: dead, remove, reasonOf }), onRequestOnly: true as const }] : []),
    target(state, {
      name: 'audit',
      find: audit,
      remove: (gone) => {
        state.audit = state.audit.filter((line) => !gone.includes(line))
      },
    }),
    target(state, { name: 'grants', find: grants, remove: (gone) => gone.forEach(({ grantId }) => void state.grants.delete(grantId)) }),
    target(state, { name: 'revocations', find: () => expiredLines(state), remove: (gone) => forget(state, gone) }),
  ]
}

const reasonOf = ({ state }: StoredToken): string => (state === 'ACTIVE' ? 'expired' : state.toLowerCase())

/** Where an audit is kept they go there too. */
function purgeTokens(state: MemoryState, gone: readonly StoredToken[]): void {
  if (state.limits.cleanup?.kind === 'audit') leaveActive(state, (token) => gone.includes(token), { state: 'EXPIRED', staysKnown: false })
  else for (const { tokenId } of gone) state.storedTokens.delete(tokenId)
}

function purgeAfter(state: MemoryState, token: StoredToken): EpochSeconds {
  return after(later(token.expiresAt, token.refreshExpiresAt ?? token.expiresAt), state.limits.keepAfterExpiry)
}

const isOld = (state: MemoryState, line: LoggedRevocation): boolean => line.createdAt < state.clock.now() - KEPT_WHOLE

function expiredLines(state: MemoryState): readonly LoggedRevocation[] {
  return state.log.filter((line) => isOld(state, line) && line.entry.expires < state.clock.now())
}

function forget(state: MemoryState, gone: readonly LoggedRevocation[]): void {
  state.head.trimmedTo = Math.max(state.head.trimmedTo, ...state.log.filter((line) => isOld(state, line)).map((line) => line.entry.seq))
  for (const { entry } of gone) markStoredTokens(state, (token) => isHitBy(token, entry))
  state.log = state.log.filter((line) => !gone.includes(line))
}

function isHitBy(token: StoredToken, entry: RevocationEntry): boolean {
  return revocableId({ ...token, keyId: undefined }, entry.kind) === entry.id && (entry.cutoff === undefined || token.grantedAt <= entry.cutoff)
}
