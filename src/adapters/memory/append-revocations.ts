import type { GrantId } from '../../model/ids.js'
import type { RevocationEntry, RevocationKind } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds, later, longer } from '../../model/time.js'
import { type EntryTimes, expiryAfter, type LogStanding, makeEntry } from '../../revocations/make-entry.js'
import { knownOwner, type NewRevocation } from '../../stores/revocation-log.js'
import type { StoredToken } from '../../stores/stored-token-store.js'
import { chainEntry, drawLink } from '../../verification/log-chain.js'
import { type Leaving, leaveActive } from './leave-active.js'
import type { MemoryState } from './memory-state.js'

export function appendRevocations(state: MemoryState, batch: readonly NewRevocation[]): readonly RevocationEntry[] {
  const times = timesOf(state)
  for (const revocation of batch) {
    if (revocation.kind === 'grant') endGrant(state, revocation.id, { state: 'REVOKED', keptUntil: expiryAfter(times.cutoff, times) })
    if (revocation.kind === 'token') {
      leaveActive(state, (token) => token.tokenId === revocation.id && token.state === 'ACTIVE', { state: 'REVOKED', staysKnown: true })
    }
  }
  return appendEntries(state, batch)
}

/** The lines of the log alone. */
export function appendEntries(state: MemoryState, batch: readonly NewRevocation[]): readonly RevocationEntry[] {
  const [times, standing] = [timesOf(state), standingOf(state)]
  const createdAt = state.clock.now()
  if (batch.length === 0) return []
  const names = { link: drawLink(), previous: state.head.link }
  const lines = batch.map((revocation, index) => {
    const entry = makeEntry(revocation, state.head.seq + index + 1, times, standing)
    return { entry, owner: knownOwner(revocation), createdAt, chain: chainEntry(entry, names) }
  })
  state.head.seq += lines.length
  state.head.link = names.link
  state.log = [...state.log, ...lines]
  return lines.map(({ entry }) => entry)
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

function timesOf({ clock, head, limits }: MemoryState): EntryTimes {
  return {
    cutoff: after(epochSeconds(Math.ceil(clock.nowMs() / 1000)), limits.maxClockSkew),
    longestLifetime: longer(head.longestAccessLifetime, head.longestRefreshLifetime),
    keepAfterExpiry: limits.keepAfterExpiry,
  }
}

function standingOf(state: MemoryState): LogStanding {
  const before = state.log.map((line) => line.entry)
  const of = (kind: RevocationKind, id: string) => before.filter((entry) => entry.kind === kind && entry.id === id)
  return {
    greatestCutoff: (kind, id) => greatestOf(of(kind, id)),
    greatestCutoffOf: (kind) => greatestOf(before.filter((entry) => entry.kind === kind)),
    isShut: (kind, id) => isShut(state, of(kind, id).at(-1), { kind, id }),
  }
}

function greatestOf(entries: readonly RevocationEntry[]): EpochSeconds | undefined {
  return entries.reduce<EpochSeconds | undefined>(
    (greatest, { cutoff }) => (cutoff !== undefined && cutoff > (greatest ?? 0) ? cutoff : greatest),
    undefined,
  )
}

/** Disabled, or deleted: then the newest entry is the open one of the deletion. */
function isShut(state: MemoryState, newest: RevocationEntry | undefined, { kind, id }: Pick<RevocationEntry, 'kind' | 'id'>): boolean {
  if (kind === 'all') return false
  const registered: Iterable<{ readonly id: string; readonly state: string }> = kind === 'client' ? state.clients.values() : state.users.values()
  const record = [...registered].find((one) => one.id === id)
  if (record !== undefined) return record.state === 'disabled'
  return newest !== undefined && newest.cutoff === undefined
}

/** Marks the grant, and all of its tokens with it. @returns those that were ACTIVE. */
export function endGrant(
  state: MemoryState,
  id: GrantId,
  { state: next, keptUntil: expires }: Pick<Leaving, 'state'> & { readonly keptUntil: EpochSeconds },
): readonly StoredToken[] {
  const now = state.clock.now()
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
  return leaveActive(state, (token) => token.grantId === id, { state: next, staysKnown: false })
}
