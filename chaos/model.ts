import { createOutages, GRACE_MS, GRACE_REUSE, type Outages } from './outages.js'

export interface ModelClient {
  readonly id: string
  readonly secret: string
  /** Nobody disables it. */
  readonly isSteady: boolean
  state: 'active' | 'disabled' | 'unknown'
}

export interface ModelUser {
  readonly id: string
  readonly name: string
  readonly password: string
  state: 'active' | 'disabled' | 'unknown'
}

export type Standing = 'alive' | 'unknown' | 'dead'

export interface ModelToken {
  readonly value: string
  standing: Standing
}

/** What was acknowledged of a grant. `unknown` wherever an answer was missing: then either is right. */
export interface ModelGrant {
  readonly id: string
  readonly client: ModelClient
  readonly user: ModelUser | undefined
  readonly answeredAt: number
  readonly tokens: ModelToken[]
  /** Refresh tokens, oldest first; the last one is the head. */
  readonly refreshTokens: string[]
  /** The predecessor may be repeated for a grace from `at`, which was done `uses` times. */
  before: { at: number; uses: number } | undefined
  /** The head was presented and nobody knows whether it was spent. */
  pending: { readonly since: number; attempts: number } | undefined
  standing: Standing
  /** Its row says that it is revoked, not only a cut-off: no node may advance it. */
  isRowRevoked: boolean
  isBusy: boolean
}

interface CutOff {
  readonly isHit: (grant: Pick<ModelGrant, 'client' | 'user'>) => boolean
  readonly from: number
  to: number
}

/** A cut-off reaches 5 s (`max_clock_skew`) into the future, rounded up, and the clock of a node may be 2 s behind. */
const REACH_MS = 9_000
const REPEAT_WITHIN_MS = GRACE_MS - 300
const REPEATS = GRACE_REUSE - 1

export interface Model {
  readonly grants: ModelGrant[]
  readonly outages: Outages
  add(grant: Omit<ModelGrant, 'standing' | 'isRowRevoked' | 'isBusy' | 'before' | 'pending'>, sentAt: number): void
  /** A cut-off is on its way; `end` says whether it was acknowledged. */
  beginCutOff(isHit: CutOff['isHit'], now: number): (end: { readonly isAcknowledged: boolean; readonly now: number }) => void
}

export function createModel(): Model {
  const grants: ModelGrant[] = []
  const cutOffs: CutOff[] = []
  return {
    grants,
    outages: createOutages(),
    add(grant, sentAt) {
      const isNear = cutOffs.some(({ isHit, from, to }) => isHit(grant) && from <= grant.answeredAt && sentAt <= to + REACH_MS)
      const standing = isNear ? 'unknown' : 'alive'
      grants.push({ ...grant, standing, isRowRevoked: false, isBusy: false, before: undefined, pending: undefined })
    },
    beginCutOff(isHit, now) {
      const cutOff = { isHit, from: now, to: Number.POSITIVE_INFINITY }
      cutOffs.push(cutOff)
      const hit = grants.filter((grant) => isHit(grant))
      for (const grant of hit) doubt(grant)
      return (end) => {
        cutOff.to = end.now
        if (end.isAcknowledged) for (const grant of hit) grant.standing = 'dead'
      }
    },
  }
}

export function doubt(one: { standing: Standing }): void {
  if (one.standing === 'alive') one.standing = 'unknown'
}

/** Nothing of the grant is good any more, and its row says so. */
export function bury(grant: ModelGrant): void {
  grant.standing = 'dead'
  grant.isRowRevoked = true
}

export function standingOf(grant: ModelGrant, token: ModelToken): Standing {
  if (grant.standing === 'dead' || token.standing === 'dead') return 'dead'
  return grant.standing === 'unknown' || token.standing === 'unknown' ? 'unknown' : 'alive'
}

export const headOf = (grant: ModelGrant): string => grant.refreshTokens.at(-1) ?? ''

/** Who judges a refresh, and when. */
export interface Judgement {
  readonly node: number
  readonly servesSince: number | undefined
  readonly now: number
}

/** Whether a repetition of the head has to be answered as the first time would have been. */
export function mustKeepOnRetry({ outages }: Model, { standing, pending }: ModelGrant, judgement: Judgement): boolean {
  if (standing !== 'alive') return false
  return pending === undefined || (pending.attempts <= REPEATS && outages.isInGrace({ ...judgement, since: pending.since }))
}

export function mustRepeat({ before, pending, standing }: ModelGrant, now: number): boolean {
  return standing === 'alive' && pending === undefined && before !== undefined && now - before.at < REPEAT_WITHIN_MS && before.uses < REPEATS
}

/** The head, presented at `sentAt`, was answered with `successor`. */
export function advance(grant: ModelGrant, successor: string, access: string, sentAt: number): void {
  grant.before = { at: grant.pending?.since ?? sentAt, uses: grant.pending?.attempts ?? 0 }
  grant.pending = undefined
  grant.refreshTokens.push(successor)
  grant.tokens.push({ value: access, standing: 'alive' })
}

/** The head was presented and there was no answer, or an honest 503. `attempts` of these may have been counted. */
export function leavePending(grant: ModelGrant, sentAt: number, attempts: number): void {
  grant.pending = { since: grant.pending?.since ?? sentAt, attempts: (grant.pending?.attempts ?? 0) + attempts }
}
