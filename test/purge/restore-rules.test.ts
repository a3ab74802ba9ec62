import { wouldLive } from '../../src/purge/restore-rules.js'

const NOW = Date.UTC(2026, 10, 21, 12)
const HOUR = 3_600_000
const ago = (hours: number) => new Date(NOW - hours * HOUR)
const token = (changes: Record<string, unknown>) => ({
  table: 'IDN_OAUTH2_ACCESS_TOKEN',
  values: {
    TOKEN_STATE: 'ACTIVE',
    REFRESH_TOKEN: 'r',
    REFRESH_TOKEN_HASH: null,
    TIME_CREATED: ago(30),
    REFRESH_TOKEN_TIME_CREATED: ago(30),
    VALIDITY_PERIOD: BigInt(HOUR),
    REFRESH_TOKEN_VALIDITY_PERIOD: BigInt(24 * HOUR),
    ...changes,
  },
})

describe('a row that is to be put back would be accepted again', () => {
  it.each([
    ['an active token with both halves over', token({}), false],
    ['one whose access token is not', token({ TIME_CREATED: ago(0.5) }), true],
    ['one whose refresh token is not', token({ REFRESH_TOKEN_TIME_CREATED: ago(20) }), true],
    ['the same without a refresh token', token({ REFRESH_TOKEN_TIME_CREATED: ago(20), REFRESH_TOKEN: null }), false],
    ['an EXPIRED one whose refresh token is not over: WSO2 accepts it', token({ TOKEN_STATE: 'EXPIRED', REFRESH_TOKEN_TIME_CREATED: ago(20) }), true],
    ['one that never ends', token({ VALIDITY_PERIOD: -1n }), true],
    ['one that never ends by a great number', token({ REFRESH_TOKEN_VALIDITY_PERIOD: 9_223_372_036_854_775_807n }), true],
    ['one of which nobody knows when it ends', token({ TIME_CREATED: 'yesterday' }), true],
    ['one of a state that nobody knows', token({ TOKEN_STATE: 'LOCKED', TIME_CREATED: ago(0.5) }), true],
    ['a revoked one, whatever its time', token({ TOKEN_STATE: 'REVOKED', TIME_CREATED: ago(0.5) }), false],
    ['a refreshed one', token({ TOKEN_STATE: 'INACTIVE', REFRESH_TOKEN_TIME_CREATED: ago(1) }), false],
    ['a code', { table: 'IDN_OAUTH2_AUTHORIZATION_CODE', values: { STATE: 'ACTIVE', TIME_CREATED: ago(0), VALIDITY_PERIOD: 300_000n } }, true],
    ['a session', { table: 'IDN_AUTH_SESSION_STORE', values: { OPERATION: 'STORE', EXPIRY_TIME: BigInt(NOW + HOUR) * 1_000_000n } }, true],
    ['an ended session', { table: 'IDN_AUTH_SESSION_STORE', values: { OPERATION: 'STORE', EXPIRY_TIME: BigInt(NOW - HOUR) * 1_000_000n } }, false],
    ['a scope', { table: 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', values: {} }, false],
  ] as const)('%s', (_name, row, lives) => {
    expect(wouldLive(row, NOW)).toBe(lives)
  })
})
