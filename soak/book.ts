import { createHash } from 'node:crypto'

/** What a client has in its hands. */
export interface Pair {
  readonly access: string
  readonly refresh: string
}

/** Where tokens are issued: one client and one set of scopes, so one token at a time. Asked by one worker at a time. */
export interface Lane {
  readonly clientId: string
  readonly secret: string
  readonly scope: string
  /** `unknown`: a request was not answered, or two were answered at once. */
  holds: 'nothing' | 'unknown' | Held
}

export interface Held {
  readonly pair: Pair
  /** Of the access token. */
  readonly hash: string
  /** Its access token alone was revoked. */
  readonly isRevoked: boolean
}

/** What the server has acknowledged, and what it has not answered. */
export interface Book {
  readonly events: Record<'issue' | 'refresh' | 'revoke', number>
  /** Hashes of access tokens that were given out. */
  readonly issued: Set<string>
  /** Hashes of those that have to have left ACTIVE, with the state they were to take; undefined: one or another. */
  readonly ended: Map<string, 'INACTIVE' | 'REVOKED' | undefined>
  /** Requests without an answer that may have stored a token. */
  unknownInserts: number
  /** Requests without an answer. */
  unknown: number
  /** Answers that no right server gives. */
  readonly wrong: string[]
}

export const createBook = (): Book => ({
  events: { issue: 0, refresh: 0, revoke: 0 },
  issued: new Set(),
  ended: new Map(),
  unknownInserts: 0,
  unknown: 0,
  wrong: [],
})

export const eventsOf = ({ events }: Book): number => events.issue + events.refresh + events.revoke

/** Under what the access token is stored: SHA-256 of the opaque token, of a JWT that of its `jti`. */
export function hashOf(accessToken: string): string {
  const [, payload] = accessToken.split('.')
  const named = payload === undefined ? accessToken : (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }).jti
  return createHash('sha256').update(named).digest('hex')
}
