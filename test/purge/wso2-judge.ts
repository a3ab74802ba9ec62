/**
 * Decides about one row at a time, in JavaScript, what a purge may take of WSO2's tables: written from the reference's text, and knowing
 * nothing of the statements that do the same in SQL. Times are milliseconds since the epoch.
 */

export interface JudgedToken {
  readonly state: string | null
  readonly issuedAtMs: number
  readonly refreshIssuedAtMs: number
  /** Milliseconds; null where WSO2 wrote none. */
  readonly lifetimeMs: bigint | null
  readonly refreshLifetimeMs: bigint | null
  readonly hasRefreshToken: boolean
}

export interface JudgedCode {
  readonly state: string | null
  readonly issuedAtMs: number
  readonly lifetimeMs: bigint | null
  /** The token that it was exchanged for, if that row is there still. */
  readonly token: JudgedToken | undefined
}

export interface Patience {
  readonly safePeriodMs: number
  /** How long an INACTIVE row stays whose refresh token never ends: it is all that tells of a replay. */
  readonly replayMemoryMs: number
}

export const USUAL_PATIENCE: Patience = { safePeriodMs: 2 * 3_600_000, replayMemoryMs: 30 * 86_400_000 }

export type Verdict = 'revoked' | 'inactive' | 'expired' | 'stays'

/** From here on a validity means that it never ends, as every negative one does. */
const NEVER_ENDS_FROM = 99_999_999_999_990n

/** The first instant at which it does not hold any more; Infinity: there is none. */
function endOf(sinceMs: number, lifetimeMs: bigint | null): number {
  if (lifetimeMs === null || lifetimeMs < 0n || lifetimeMs >= NEVER_ENDS_FROM) return Number.POSITIVE_INFINITY
  return sinceMs + Number(lifetimeMs)
}

export function judgeToken(token: JudgedToken, nowMs: number, { safePeriodMs, replayMemoryMs }: Patience = USUAL_PATIENCE): Verdict {
  const accessEnd = endOf(token.issuedAtMs, token.lifetimeMs)
  const refreshEnd = token.hasRefreshToken ? endOf(token.refreshIssuedAtMs, token.refreshLifetimeMs) : token.refreshIssuedAtMs
  switch (token.state) {
    case 'REVOKED':
      return 'revoked'
    case 'INACTIVE': {
      const forgottenAt = refreshEnd === Number.POSITIVE_INFINITY ? Math.max(token.issuedAtMs, token.refreshIssuedAtMs) + replayMemoryMs : refreshEnd
      return forgottenAt < nowMs ? 'inactive' : 'stays'
    }
    case 'ACTIVE':
    case 'EXPIRED':
      return Math.max(accessEnd, refreshEnd) + safePeriodMs < nowMs ? 'expired' : 'stays'
    default:
      return 'stays'
  }
}

/** A code that is presented again has to find what it was exchanged for, to take that back (RFC 6749 §4.1.2). */
export function judgeCode(code: JudgedCode, nowMs: number, patience: Patience = USUAL_PATIENCE): Verdict {
  if (code.token !== undefined && judgeToken(code.token, nowMs, patience) === 'stays') return 'stays'
  if (code.state !== null && code.state !== 'ACTIVE') return 'inactive'
  return code.state === 'ACTIVE' && endOf(code.issuedAtMs, code.lifetimeMs) + patience.safePeriodMs < nowMs ? 'expired' : 'stays'
}
