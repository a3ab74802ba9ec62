import { createHash } from 'node:crypto'
import type { EpochSeconds, Seconds } from '../model/time.js'
import type { LoggedRevocation } from '../stores/outbox-store.js'

/** What an event of WSO2's says beside its own fields. Times in milliseconds since 1970. */
interface EventHead {
  readonly eventId: string
  readonly timeStamp: number
  readonly tenantId: number
  readonly tenantDomain: string
}

/** One access token, by its `jti`. */
export interface TokenRevocation extends EventHead {
  readonly type: 'token_revocation'
  readonly accessToken: string
  readonly expiryTime: number
  /** The user's id; empty where there is none, or none is known. */
  readonly user: string
  /** Never absent: their handler fails on that. */
  readonly consumerKey: string
  readonly tokenType: 'JWT'
}

/** All tokens of a client that were issued before `revocationTime`. */
export interface ConsumerAppRevocation extends EventHead {
  readonly type: 'consumer_app_revocation_event'
  readonly consumerKey: string
  readonly revocationTime: number
  readonly organization: string
}

/** All tokens of a user, or those that a client has for itself, that were issued before `revocationTime`. */
export interface SubjectEntityRevocation extends EventHead {
  readonly type: 'subject_entity_revocation_event'
  readonly entityId: string
  readonly entityType: 'USER_ID' | 'CLIENT_ID'
  readonly revocationTime: number
  readonly organization: string
}

/** A POST to the control plane. */
export type EventBody = TokenRevocation | ConsumerAppRevocation | SubjectEntityRevocation

export const ORGANIZATION = 'carbon.super'
const SUPER_TENANT = -1234

/** The end of 2037: the last that fits every column of theirs. It stands for "whatever the times say". */
export const OPEN_END_MS = 2_145_916_799_999

/** The last millisecond of the second: they want a token to be issued before it, and `iat` has whole seconds. */
export function endOfSecond(instant: EpochSeconds): number {
  return Math.min(instant * 1000 + 999, OPEN_END_MS)
}

/** The cut-off that an entry without one would have got when it was made: as far ahead as a clock may be that dates tokens. */
export function cutoffOfLine({ createdAt }: Pick<LoggedRevocation, 'createdAt'>, maxClockSkew: Seconds): EpochSeconds {
  return (createdAt + 1 + maxClockSkew) as EpochSeconds
}

/** The same for the same line, whoever sends it and however often: they keep one of a kind. */
function headOf({ entry: { seq, kind, id }, createdAt }: LoggedRevocation, part: string): EventHead {
  const hash = createHash('sha256')
    .update(JSON.stringify([seq, createdAt, kind, id, part]))
    .digest('hex')
  const eventId = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-')
  return { eventId, timeStamp: createdAt * 1000, tenantId: SUPER_TENANT, tenantDomain: ORGANIZATION }
}

export function tokenRevocation(line: LoggedRevocation): TokenRevocation {
  const { entry, owner } = line
  return {
    ...headOf(line, ''),
    type: 'token_revocation',
    accessToken: entry.id,
    expiryTime: entry.expires * 1000,
    user: owner?.userId ?? '',
    consumerKey: owner?.clientId ?? '',
    tokenType: 'JWT',
  }
}

export function consumerAppRevocation(line: LoggedRevocation, consumerKey: string, revocationTime: number): ConsumerAppRevocation {
  return { ...headOf(line, consumerKey), type: 'consumer_app_revocation_event', consumerKey, revocationTime, organization: ORGANIZATION }
}

export function subjectEntityRevocation(
  line: LoggedRevocation,
  { entityId, entityType }: Pick<SubjectEntityRevocation, 'entityId' | 'entityType'>,
  revocationTime: number,
): SubjectEntityRevocation {
  return { ...headOf(line, entityId), type: 'subject_entity_revocation_event', entityId, entityType, revocationTime, organization: ORGANIZATION }
}

/** Whose later events replace the earlier: one after the other they have to arrive. */
export function entityOf(body: EventBody): string {
  switch (body.type) {
    case 'token_revocation':
      return `token ${body.accessToken}`
    case 'consumer_app_revocation_event':
      return `client ${body.consumerKey}`
    case 'subject_entity_revocation_event':
      return `${body.entityType} ${body.entityId}`
  }
}
