import { NEVER } from '../model/revocation-entry.js'
import type { Seconds } from '../model/time.js'
import type { LoggedRevocation } from '../stores/outbox-store.js'
import {
  consumerAppRevocation,
  cutoffOfLine,
  type EventBody,
  endOfSecond,
  entityOf,
  OPEN_END_MS,
  subjectEntityRevocation,
  tokenRevocation,
} from './event-bodies.js'

export interface TranslationSettings {
  readonly maxClockSkew: Seconds
  /** Whether a revoked grant goes out as an event of its user, or of its client where that acts for itself. */
  readonly grantEvents: boolean
}

/** What WSO2's gateways are told of an entry. */
export type Translation =
  /** `entity`: events of one entity are told in the order of the log. */
  | { readonly kind: 'event'; readonly entity: string; readonly body: EventBody }
  /** One event for each client there is. */
  | { readonly kind: 'every client'; readonly bodyFor: (clientId: string) => EventBody }
  /** There is no event that says it. */
  | { readonly kind: 'untold'; readonly reason: 'grant_events_off' | 'owner_unknown' | 'key' }

export function translate(line: LoggedRevocation, settings: TranslationSettings): Translation {
  const { entry } = line
  const revocationTime = entry.cutoff === undefined ? OPEN_END_MS : endOfSecond(entry.cutoff)
  switch (entry.kind) {
    case 'token':
      return event(tokenRevocation(line))
    case 'client':
      return event(consumerAppRevocation(line, entry.id, revocationTime))
    case 'subject':
      return event(subjectEntityRevocation(line, { entityId: entry.id, entityType: 'USER_ID' }, revocationTime))
    case 'grant':
      return translateGrant(line, settings)
    case 'all':
      return { kind: 'every client', bodyFor: (clientId) => consumerAppRevocation(line, clientId, revocationTime) }
    case 'key':
      return { kind: 'untold', reason: 'key' }
  }
}

const event = (body: EventBody): Translation => ({ kind: 'event', entity: entityOf(body), body })

/** Whom a revoked grant is told of, and up to when; undefined where nobody knows whose it was. */
export function entityOfGrant(
  line: LoggedRevocation,
  maxClockSkew: Seconds,
): { readonly entityId: string; readonly entityType: 'USER_ID' | 'CLIENT_ID'; readonly revocationTime: number } | undefined {
  const { owner } = line
  if (owner === undefined) return undefined
  const revocationTime = endOfSecond(cutoffOfLine(line, maxClockSkew))
  return owner.userId === undefined
    ? { entityId: owner.clientId, entityType: 'CLIENT_ID', revocationTime }
    : { entityId: owner.userId, entityType: 'USER_ID', revocationTime }
}

/** Wider than the grant itself: they know no grants. Tokens of the same user that are issued after it are not hit. */
function translateGrant(line: LoggedRevocation, { maxClockSkew, grantEvents }: TranslationSettings): Translation {
  if (!grantEvents) return { kind: 'untold', reason: 'grant_events_off' }
  const whose = entityOfGrant(line, maxClockSkew)
  if (whose === undefined) return { kind: 'untold', reason: 'owner_unknown' }
  return event(subjectEntityRevocation(line, whose, whose.revocationTime))
}

/** Whether the entry can hit no token any more. */
export function isOver({ entry }: LoggedRevocation, nowSeconds: number): boolean {
  return entry.expires !== NEVER && entry.expires < nowSeconds
}
