import { type JudgedCode, type JudgedToken, judgeCode, judgeToken, type Verdict } from './wso2-judge.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 21, 12)
const NEVER = 9_223_372_036_854_775_807n

/** Issued `hours` ago for `lifetime` hours, or for ever. */
const token = (
  state: string | null,
  access: readonly [number, number | bigint],
  refresh: readonly [number, number | bigint] | null,
): JudgedToken => ({
  state,
  issuedAtMs: NOW - access[0] * HOUR,
  lifetimeMs: lifetime(access[1]),
  refreshIssuedAtMs: NOW - (refresh ?? access)[0] * HOUR,
  refreshLifetimeMs: lifetime((refresh ?? access)[1]),
  hasRefreshToken: refresh !== null,
})

const lifetime = (hours: number | bigint): bigint => (typeof hours === 'bigint' ? hours : BigInt(hours * HOUR))

const TOKENS: readonly (readonly [string, JudgedToken, Verdict])[] = [
  ['a live pair stays', token('ACTIVE', [0.5, 1], [0.5, 24]), 'stays'],
  ['an active row whose refresh token lives stays', token('ACTIVE', [20, 1], [20, 24]), 'stays'],
  ['an active row whose access token outlives its refresh token stays', token('ACTIVE', [20, 24], [20, 1]), 'stays'],
  ['both over, and the safe period not yet', token('ACTIVE', [3.5, 1], [3.5, 2]), 'stays'],
  ['both over for longer than the safe period', token('ACTIVE', [30, 1], [30, 24]), 'expired'],
  ['EXPIRED with a usable refresh token stays, where WSO2 deletes it', token('EXPIRED', [20, 1], [20, 24]), 'stays'],
  ['EXPIRED with both over', token('EXPIRED', [30, 1], [30, 24]), 'expired'],
  ['REVOKED goes at once, even if it never ends', token('REVOKED', [0, NEVER], [0, NEVER]), 'revoked'],
  ['INACTIVE stays while its refresh token could be replayed', token('INACTIVE', [20, 1], [20, 24]), 'stays'],
  ['INACTIVE goes with its refresh lifetime, whatever its access token says', token('INACTIVE', [25, 100], [25, 24]), 'inactive'],
  ['INACTIVE that never ends is remembered for 30 days', token('INACTIVE', [29 * 24, 1], [29 * 24, NEVER]), 'stays'],
  ['INACTIVE that never ends, after 30 days', token('INACTIVE', [31 * 24, 1], [31 * 24, NEVER]), 'inactive'],
  ['a negative validity never ends', token('ACTIVE', [1000, 1], [1000, -1n]), 'stays'],
  ['a validity of 99999999999990 ms never ends', token('ACTIVE', [1000, 99_999_999_999_990n], [1000, 1]), 'stays'],
  ['one of 99999999999989 ms ends, in three thousand years', token('ACTIVE', [1000, 99_999_999_999_989n], [1000, 1]), 'stays'],
  ['no validity at all never ends', { ...token('ACTIVE', [1000, 1], [1000, 1]), lifetimeMs: null }, 'stays'],
  ['a validity of zero is over at once, and not before the safe period', token('ACTIVE', [1, 0], [1, 0]), 'stays'],
  ['a validity of zero, three hours ago', token('ACTIVE', [3, 0], [3, 0]), 'expired'],
  ['without a refresh token its validity says nothing', token('ACTIVE', [4, 1], null), 'expired'],
  ['a state that nobody knows stays', token('LOCKED', [1000, 1], [1000, 1]), 'stays'],
  ['no state stays', token(null, [1000, 1], [1000, 1]), 'stays'],
]

const dead = token('REVOKED', [1, 1], [1, 1])
const alive = token('ACTIVE', [0.5, 1], [0.5, 24])
const code = (state: string | null, hoursAgo: number, of?: JudgedToken): JudgedCode => ({
  state,
  issuedAtMs: NOW - hoursAgo * HOUR,
  lifetimeMs: 300_000n,
  token: of,
})

const CODES: readonly (readonly [string, JudgedCode, Verdict])[] = [
  ['a code that was not exchanged yet stays', code('ACTIVE', 0.01), 'stays'],
  ['one that nobody came for', code('ACTIVE', 3), 'expired'],
  ['one that was exchanged stays while its token does', code('INACTIVE', 20, alive), 'stays'],
  ['one whose token may go', code('INACTIVE', 20, dead), 'inactive'],
  ['one whose token is gone', code('EXPIRED', 20), 'inactive'],
  ['one without a state stays', code(null, 1000), 'stays'],
  ['one that never ends stays', { ...code('ACTIVE', 1000), lifetimeMs: -1n }, 'stays'],
]

describe('the judge of rows of WSO2', () => {
  it.each(TOKENS)('token: %s', (_name, row, verdict) => {
    expect(judgeToken(row, NOW)).toBe(verdict)
  })

  it.each(CODES)('code: %s', (_name, row, verdict) => {
    expect(judgeCode(row, NOW)).toBe(verdict)
  })

  it('knows milliseconds, and no rounding to minutes', () => {
    const pair = { state: 'ACTIVE', lifetimeMs: 1000n, refreshLifetimeMs: 1000n, hasRefreshToken: true }
    const issued = NOW - 2 * HOUR - 1000
    expect(judgeToken({ ...pair, issuedAtMs: issued, refreshIssuedAtMs: issued }, NOW)).toBe('stays')
    expect(judgeToken({ ...pair, issuedAtMs: issued - 1, refreshIssuedAtMs: issued - 1 }, NOW)).toBe('expired')
    expect(judgeToken({ ...pair, issuedAtMs: issued - 30 * DAY, refreshIssuedAtMs: issued }, NOW)).toBe('stays')
  })
})
