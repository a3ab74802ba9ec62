import type { SessionRules } from '../../src/stores/session-rules.js'

/**
 * Decides about one row of the session store at a time, in JavaScript: written from the reference's text, and knowing nothing of the
 * statements that do the same in SQL. Times are nanoseconds since the epoch.
 */

export interface JudgedSession {
  readonly id: string
  readonly type: string
  readonly operation: string
  readonly createdNs: bigint
  readonly expiresNs: bigint | null
}

export type SessionVerdict = 'superseded' | 'logged_out' | 'expired' | 'stays'

export interface SessionJudgement {
  readonly rules: Pick<SessionRules, 'endedBy' | 'longest' | 'loggedOutAtOnce'>
  readonly safePeriodNs: bigint
  readonly nowNs: bigint
}

export const nameOfSession = ({ id, type }: JudgedSession): string => `${id} ${type}`
export const nameOfRow = (row: JudgedSession): string => `${nameOfSession(row)} ${row.createdNs} ${row.operation}`

/** The verdicts by the names of the rows. */
export function judgeSessions(rows: readonly JudgedSession[], judgement: SessionJudgement): ReadonlyMap<string, SessionVerdict> {
  const sessions = groupRows(rows)
  return new Map([...sessions.values()].flatMap((all) => all.map((row) => [nameOfRow(row), judgeRow(row, all, judgement)] as const)))
}

function judgeRow(row: JudgedSession, all: readonly JudgedSession[], judgement: SessionJudgement): SessionVerdict {
  const later = all.filter((other) => other.createdNs > row.createdNs)
  if (row.operation === 'STORE') {
    if (later.some(({ operation }) => operation === 'STORE')) return 'superseded'
    if (judgement.rules.loggedOutAtOnce && later.length > 0) return 'logged_out'
    return isOver(row, judgement) ? 'expired' : 'stays'
  }
  if (row.operation !== 'DELETE') return 'stays'
  if (later.length > 0) return 'superseded'
  const staysHidden = all.some((other) => other.operation === 'STORE' && judgeRow(other, all, judgement) === 'stays')
  return !staysHidden && row.createdNs + judgement.safePeriodNs < judgement.nowNs ? 'logged_out' : 'stays'
}

function isOver({ createdNs, expiresNs }: JudgedSession, { rules, safePeriodNs, nowNs }: SessionJudgement): boolean {
  const longestNs = BigInt(rules.longest) * 1_000_000_000n
  if (rules.endedBy === 'nothing') return false
  if (rules.endedBy === 'age') return createdNs + longestNs < nowNs
  return (expiresNs ?? createdNs + longestNs) + safePeriodNs < nowNs
}

/**
 * What a server may answer at an instant about each session that has a row: which row it finds alive, or none. Of two rows of one time it
 * may find either. A row that names no end has one after `longestNs`.
 */
export function answersAt(rows: readonly JudgedSession[], nowNs: bigint, longestNs: bigint): ReadonlyMap<string, ReadonlySet<string>> {
  const answers = new Map<string, ReadonlySet<string>>()
  for (const [name, all] of groupRows(rows)) {
    const newest = all.reduce((most, { createdNs }) => (createdNs > most ? createdNs : most), 0n)
    const found = all.filter(({ createdNs }) => createdNs === newest)
    const isAlive = ({ operation, createdNs, expiresNs }: JudgedSession) => operation === 'STORE' && (expiresNs ?? createdNs + longestNs) > nowNs
    answers.set(name, new Set(found.map((row) => (isAlive(row) ? `alive since ${row.createdNs}` : 'none'))))
  }
  return answers
}

export function groupRows(rows: readonly JudgedSession[]): ReadonlyMap<string, readonly JudgedSession[]> {
  const groups = new Map<string, JudgedSession[]>()
  for (const row of rows) groups.set(nameOfSession(row), [...(groups.get(nameOfSession(row)) ?? []), row])
  return groups
}
