import type { GrantId } from '../../model/ids.js'
import { NEVER, type RevocationEntry, type RevocationKind } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds, later, longer } from '../../model/time.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { StoredToken } from '../../stores/stored-token-store.js'
import type { MemoryState } from './memory-state.js'

export function appendRevocations(state: MemoryState, batch: readonly NewRevocation[]): readonly RevocationEntry[] {
  const entries = batch.map((revocation, index) => toEntry(state, revocation, state.head.seq + index + 1))
  const createdAt = state.clock.now()
  state.head.seq += entries.length
  state.log = [...state.log, ...entries.map((entry) => ({ entry, createdAt }))]
  for (const revocation of batch) {
    if (revocation.kind === 'grant') revokeGrant(state, revocation.id)
    if (revocation.kind === 'token') markStoredTokens(state, (token) => token.tokenId === revocation.id)
  }
  return entries
}

/** The entry of a change that is made in the same breath. */
export function appendRevocation(state: MemoryState, revocation: NewRevocation): RevocationEntry | undefined {
  return appendRevocations(state, [revocation])[0]
}

export function markStoredTokens(state: MemoryState, isHit: (token: StoredToken) => boolean): void {
  for (const token of state.storedTokens.values()) {
    if (token.state === 'ACTIVE' && isHit(token)) state.storedTokens.set(token.tokenId, { ...token, state: 'REVOKED' })
  }
}

/** The database's time, rounded up, and what clocks may differ by. */
function cutoffNow(state: MemoryState): EpochSeconds {
  return after(epochSeconds(Math.ceil(state.clock.nowMs() / 1000)), state.limits.maxClockSkew)
}

function expiryAfter(state: MemoryState, cutoff: EpochSeconds): EpochSeconds {
  return after(after(cutoff, longer(state.head.longestAccessLifetime, state.head.longestRefreshLifetime)), state.limits.keepAfterExpiry)
}

function toEntry(state: MemoryState, revocation: NewRevocation, seq: number): RevocationEntry {
  const { kind } = revocation
  const usual = expiryAfter(state, cutoffNow(state))
  if (kind === 'key') return { seq, kind, id: revocation.id, cutoff: undefined, expires: NEVER }
  if (kind === 'grant') return { seq, kind, id: revocation.id, cutoff: undefined, expires: usual }
  if (kind === 'token') {
    const { id, expiresAt } = revocation
    return { seq, kind, id, cutoff: undefined, expires: expiresAt === undefined ? usual : after(expiresAt, state.limits.keepAfterExpiry) }
  }
  const id = kind === 'all' ? '' : revocation.id
  const cutoff = later(cutoffNow(state), greatestCutoff(state, kind, id))
  const isOpen = (kind !== 'all' && revocation.open) || isDisabled(state, kind, id)
  return { seq, kind, id, cutoff: isOpen ? undefined : cutoff, expires: expiryAfter(state, cutoff) }
}

function entriesOf(state: MemoryState, kind: RevocationKind, id: string): readonly RevocationEntry[] {
  return state.log.map((line) => line.entry).filter((entry) => entry.kind === kind && entry.id === id)
}

function greatestCutoff(state: MemoryState, kind: RevocationKind, id: string): EpochSeconds {
  return entriesOf(state, kind, id).reduce((greatest, entry) => later(greatest, entry.cutoff ?? greatest), epochSeconds(0))
}

/** Disabled, or deleted: then the newest entry is the open one of the deletion. */
function isDisabled(state: MemoryState, kind: RevocationKind, id: string): boolean {
  if (kind === 'all') return false
  const registered: Iterable<{ readonly id: string; readonly state: string }> = kind === 'client' ? state.clients.values() : state.users.values()
  const record = [...registered].find((one) => one.id === id)
  if (record !== undefined) return record.state === 'disabled'
  const newest = entriesOf(state, kind, id).at(-1)
  return newest !== undefined && newest.cutoff === undefined
}

function revokeGrant(state: MemoryState, id: GrantId): void {
  const now = state.clock.now()
  const expires = expiryAfter(state, cutoffNow(state))
  const row = state.grants.get(id) ?? {
    grantId: id,
    generation: 0,
    rotatedAt: now,
    graceUses: 0,
    expiresAt: expires,
    revokedAt: undefined,
    purgeAfter: expires,
  }
  state.grants.set(id, { ...row, revokedAt: row.revokedAt ?? now, purgeAfter: later(row.purgeAfter, expires) })
  markStoredTokens(state, (token) => token.grantId === id)
}
