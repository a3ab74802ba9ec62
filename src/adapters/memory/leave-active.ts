import { after } from '../../model/time.js'
import type { StoredToken, StoredTokenState } from '../../stores/stored-token-store.js'
import type { MemoryState } from './memory-state.js'

export interface Leaving {
  readonly state: Exclude<StoredTokenState, 'ACTIVE'> | 'REVOKED or EXPIRED'
  /** Whether the refresh token of a row may still be asked about although no other row knows its grant. */
  readonly staysKnown: boolean
}

/** Takes the ACTIVE ones that are meant out of that state, and all that are meant out of the table where clean-up is on. @returns those that were ACTIVE. */
export function leaveActive(state: MemoryState, isMeant: (token: StoredToken) => boolean, leaving: Leaving): readonly StoredToken[] {
  const meant = [...state.storedTokens.values()].filter(isMeant)
  for (const token of meant) leave(state, token, leaving)
  return meant.filter((token) => token.state === 'ACTIVE')
}

function leave(state: MemoryState, token: StoredToken, { state: next, staysKnown }: Leaving): void {
  const { cleanup = { kind: 'off' } } = state.limits
  const left = { ...token, state: token.state === 'ACTIVE' ? stateOf(state, token, next) : token.state }
  const isKept = cleanup.kind === 'off' || (cleanup.kind === 'delete' && staysKnown && token.refreshTokenHash !== undefined)
  if (isKept) state.storedTokens.set(token.tokenId, left)
  else state.storedTokens.delete(token.tokenId)
  if (cleanup.kind === 'audit') state.audit = [...state.audit, { token: left, purgeAfter: after(state.clock.now(), cleanup.retention) }]
}

function stateOf({ clock }: MemoryState, { expiresAt }: StoredToken, next: Leaving['state']): StoredTokenState {
  if (next !== 'REVOKED or EXPIRED') return next
  return expiresAt <= clock.now() ? 'EXPIRED' : 'REVOKED'
}
