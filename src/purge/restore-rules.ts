import type { KeptRow } from '../stores/kept-rows.js'

/** From here on WSO2 means a validity that never ends, as with every negative one. */
const NEVER = 99_999_999_999_990

const number = (value: unknown): number => (value === null || value === undefined ? Number.NaN : Number(value))
const instant = (value: unknown): number => (value instanceof Date ? value.getTime() : Number.NaN)

/** Whether it is certain that this is over: what is not known is not. */
function isOver(since: unknown, validity: unknown, nowMs: number): boolean {
  const length = number(validity)
  return length >= 0 && length < NEVER && instant(since) + length < nowMs
}

type Values = KeptRow['values']

function isTokenOver({ values }: { readonly values: Values }, nowMs: number): boolean {
  const hasRefreshToken = values.REFRESH_TOKEN !== null || values.REFRESH_TOKEN_HASH !== null
  const isRefreshOver = !hasRefreshToken || isOver(values.REFRESH_TOKEN_TIME_CREATED, values.REFRESH_TOKEN_VALIDITY_PERIOD, nowMs)
  return isRefreshOver && isOver(values.TIME_CREATED, values.VALIDITY_PERIOD, nowMs)
}

/** In what state a row of the table is accepted by nobody, whatever its times say; and when its time is up. */
const RULES: Readonly<Record<string, (values: Values, nowMs: number) => boolean>> = {
  IDN_OAUTH2_ACCESS_TOKEN: (values, nowMs) => ['REVOKED', 'INACTIVE'].includes(String(values.TOKEN_STATE)) || isTokenOver({ values }, nowMs),
  IDN_OAUTH2_AUTHORIZATION_CODE: (values, nowMs) =>
    ['INACTIVE', 'EXPIRED', 'REVOKED'].includes(String(values.STATE)) || isOver(values.TIME_CREATED, values.VALIDITY_PERIOD, nowMs),
  IDN_OAUTH2_DEVICE_FLOW: (values, nowMs) => values.STATUS === 'EXPIRED' || instant(values.EXPIRY_TIME) < nowMs,
  IDN_OAUTH2_CIBA_AUTH_CODE: (values, nowMs) =>
    ['TOKEN_ISSUED', 'FAILED', 'EXPIRED'].includes(String(values.AUTH_REQ_STATUS)) ||
    isOver(values.ISSUED_TIME, number(values.EXPIRES_IN) * 1000, nowMs),
  IDN_OAUTH_PAR: (values, nowMs) => number(values.SCHEDULED_EXPIRY) < nowMs,
  // Nanoseconds.
  IDN_AUTH_SESSION_STORE: (values, nowMs) => values.OPERATION === 'DELETE' || number(values.EXPIRY_TIME) / 1_000_000 < nowMs,
  IDN_AUTH_TEMP_SESSION_STORE: (values, nowMs) => values.OPERATION === 'DELETE' || number(values.EXPIRY_TIME) / 1_000_000 < nowMs,
  JETON_GRANT: (values, nowMs) => number(values.PURGE_AFTER) * 1000 < nowMs,
}

/**
 * Whether somebody would accept the row again if it were put back: as a token, a code or a session. What was revoked since it went
 * is not looked for, since nothing that could be accepted comes back.
 */
export function wouldLive({ table, values }: KeptRow, nowMs: number): boolean {
  const isDead = RULES[table]
  return isDead !== undefined && !isDead(values, nowMs)
}
