import { type DatabaseMoment, type GrantRow, judgeRefresh, type RefreshStanding } from '../../src/model/grant.js'
import { grantId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'

const ROTATED = 1_000_000
const settings = { grace: seconds(10), graceReuse: 5 }

const row = (changes: Partial<GrantRow> = {}): GrantRow => ({
  grantId: grantId('grant'),
  generation: 3,
  rotatedAt: epochSeconds(ROTATED),
  graceUses: 0,
  expiresAt: epochSeconds(ROTATED + 3600),
  revokedAt: undefined,
  purgeAfter: epochSeconds(ROTATED + 4200),
  ...changes,
})

interface Case {
  readonly what: string
  readonly row: GrantRow | undefined
  readonly generation: number
  readonly at: number
  readonly standing: RefreshStanding
}

const cases: readonly Case[] = [
  { what: 'generation 0 of a grant without a row', row: undefined, generation: 0, at: 0, standing: 'current' },
  { what: 'generation 1 of a grant without a row, as after a restore', row: undefined, generation: 1, at: 0, standing: 'ahead' },
  { what: 'the generation of the row', row: row(), generation: 3, at: 0, standing: 'current' },
  { what: 'the generation of the row, long after it was reached', row: row(), generation: 3, at: 1_000_000, standing: 'current' },
  { what: 'the generation of the row where the grace is used up', row: row({ graceUses: 5 }), generation: 3, at: 0, standing: 'current' },
  { what: 'the one before, at once', row: row(), generation: 2, at: 0, standing: 'grace' },
  { what: 'the one before, in the last second of the grace', row: row(), generation: 2, at: 10, standing: 'grace' },
  { what: 'the one before, a second after the grace', row: row(), generation: 2, at: 11, standing: 'replayed' },
  { what: 'the one before, with one repetition left', row: row({ graceUses: 4 }), generation: 2, at: 5, standing: 'grace' },
  { what: 'the one before, repeated as often as is allowed', row: row({ graceUses: 5 }), generation: 2, at: 5, standing: 'exhausted' },
  { what: 'the one before, used up and after the grace', row: row({ graceUses: 5 }), generation: 2, at: 11, standing: 'replayed' },
  { what: 'the one before, of a clock that was set back', row: row(), generation: 2, at: -100, standing: 'grace' },
  { what: 'an older one, in the grace', row: row(), generation: 1, at: 0, standing: 'replayed' },
  { what: 'the first one', row: row(), generation: 0, at: 0, standing: 'replayed' },
  { what: 'a newer one than the row, as after a restore', row: row(), generation: 4, at: 0, standing: 'ahead' },
  { what: 'the good one of a revoked grant', row: row({ revokedAt: epochSeconds(ROTATED) }), generation: 3, at: 0, standing: 'revoked' },
  { what: 'the one before of a revoked grant', row: row({ revokedAt: epochSeconds(ROTATED) }), generation: 2, at: 0, standing: 'revoked' },
  { what: 'a newer one than the row of a revoked grant', row: row({ revokedAt: epochSeconds(ROTATED) }), generation: 9, at: 0, standing: 'revoked' },
  {
    what: 'generation 0 of a grant revoked before its first refresh',
    row: row({ generation: 0, revokedAt: epochSeconds(ROTATED) }),
    generation: 0,
    at: 0,
    standing: 'revoked',
  },
]

/** So long after the rotation; the outage so long after it too. */
function moment(at: number, outage?: { readonly began: number; readonly ended: number }): DatabaseMoment {
  const none = { began: epochSeconds(0), ended: epochSeconds(0) }
  const away = outage && { began: epochSeconds(ROTATED + outage.began), ended: epochSeconds(ROTATED + outage.ended) }
  return { now: epochSeconds(ROTATED + at), outage: away ?? none }
}

describe('a presented refresh token', () => {
  it.each(cases)('is judged $standing: $what', ({ row: met, generation, at, standing }) => {
    expect(judgeRefresh(met, generation, moment(at), settings)).toBe(standing)
  })

  it('has no repetition at all where none is allowed', () => {
    expect(judgeRefresh(row(), 2, moment(0), { grace: seconds(10), graceReuse: 0 })).toBe('exhausted')
  })

  it('has a grace of no length only in the second of the rotation', () => {
    const none = { grace: seconds(0), graceReuse: 5 }
    expect(judgeRefresh(row(), 2, moment(0), none)).toBe('grace')
    expect(judgeRefresh(row(), 2, moment(1), none)).toBe('replayed')
  })

  it.each([
    { what: 'in the grace after an outage that began with the rotation', at: 70, began: 0, ended: 60, standing: 'grace' },
    { what: 'in the grace after an outage that began in the grace', at: 70, began: 10, ended: 60, standing: 'grace' },
    { what: 'in the grace after an outage in which it was spent', at: 70, began: -5, ended: 60, standing: 'grace' },
    { what: 'a second after the grace of the outage', at: 71, began: 0, ended: 60, standing: 'replayed' },
    { what: 'after an outage that began when its own grace was over', at: 61, began: 11, ended: 60, standing: 'replayed' },
    { what: 'long after an outage that was over before', at: 11, began: -60, ended: -30, standing: 'replayed' },
  ] as const)('that was spent is judged $standing: $what', ({ at, began, ended, standing }) => {
    expect(judgeRefresh(row(), 2, moment(at, { began, ended }), settings)).toBe(standing)
  })
})
