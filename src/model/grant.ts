import type { GrantId } from './ids.js'
import { after, type EpochSeconds, type Seconds, seconds } from './time.js'

/**
 * How far the refresh tokens of one grant have come. No row at all means generation 0, never refreshed, not revoked.
 * One row per grant, however often it is refreshed.
 */
export interface GrantRow {
  readonly grantId: GrantId
  /** Of the one refresh token that is good now. */
  readonly generation: number
  /** When `generation` was reached, by the database's clock. */
  readonly rotatedAt: EpochSeconds
  /** How often the successor has been given again since. */
  readonly graceUses: number
  /** Expiry of the refresh token of `generation`. */
  readonly expiresAt: EpochSeconds
  readonly revokedAt: EpochSeconds | undefined
  /** From when the row may go. Only grows, and by a leap (see {@link purgeLeap}). */
  readonly purgeAfter: EpochSeconds
}

/** A leap is this part of the lifetime. */
const LEAPS_IN_LIFETIME = 4

/**
 * How much later than it must `purgeAfter` is set when it has to move, in seconds. Then the next refreshes leave it alone: it is
 * indexed, and a row whose indexed columns stay the same is far cheaper to update. No successor lifetime: it hardly moves anyway.
 */
export function purgeLeap(lifetime: Seconds | undefined): Seconds {
  return seconds(Math.floor((lifetime ?? 0) / LEAPS_IN_LIFETIME))
}

/** What a presented refresh token meets. */
export type RefreshStanding =
  /** It is the good one. */
  | 'current'
  /** The one before, in the grace: its successor may be given again. */
  | 'grace'
  /** The one before, in the grace, but given again too often. */
  | 'exhausted'
  /** An older one: somebody keeps a copy. */
  | 'replayed'
  | 'revoked'
  /** Newer than the row: the database was restored from before. */
  | 'ahead'

/** How long, and how often, the predecessor may still be exchanged for the same successor. */
export interface GraceSettings {
  readonly grace: Seconds
  readonly graceReuse: number
}

/** From when to when the database was last away, by its own clock. Both 0: it never was. */
export interface Outage {
  readonly began: EpochSeconds
  readonly ended: EpochSeconds
}

/** The time of the database, and when it last was away. */
export interface DatabaseMoment {
  readonly now: EpochSeconds
  readonly outage: Outage
}

/** Judges a refresh token of `generation` against the row (or its absence) at a moment of the database's. */
export function judgeRefresh(row: GrantRow | undefined, generation: number, moment: DatabaseMoment, settings: GraceSettings): RefreshStanding {
  if (row?.revokedAt !== undefined) return 'revoked'
  const current = row?.generation ?? 0
  if (generation === current) return 'current'
  if (generation > current) return 'ahead'
  if (row === undefined || generation < current - 1 || !isInGrace(row, moment, settings.grace)) return 'replayed'
  return row.graceUses < settings.graceReuse ? 'grace' : 'exhausted'
}

/** Whose answer was lost in an outage could not ask again before its end, so the grace of what was spent about then counts from there. */
function isInGrace({ rotatedAt }: GrantRow, { now, outage }: DatabaseMoment, grace: Seconds): boolean {
  return now <= after(rotatedAt, grace) || (after(rotatedAt, grace) >= outage.began && now <= after(outage.ended, grace))
}
