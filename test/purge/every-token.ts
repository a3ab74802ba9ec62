import { insertion, type SqlDatabase, timestamp } from './sql-database.js'
import type { JudgedToken } from './wso2-judge.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const LIVES = [null, -1n, 0n, BigInt(HOUR), BigInt(9 * DAY), 99_999_999_999_989n, 99_999_999_999_990n]
export const STATES = ['ACTIVE', 'INACTIVE', 'EXPIRED', 'REVOKED', 'LOCKED', null]
const NO_TOKEN = 'none'

/** A row of every state with every pair of lifetimes. Whole seconds, and never within a minute of a limit. */
export function everyToken(nowMs: number): ReadonlyMap<string, JudgedToken> {
  const tokens = new Map<string, JudgedToken>()
  const base = Math.floor(nowMs / 1000) * 1000
  for (const state of STATES) {
    for (const lifetimeMs of LIVES) {
      for (const refreshLifetimeMs of [...LIVES, NO_TOKEN] as const) {
        for (const age of [90 * MINUTE, 2 * HOUR + 2 * MINUTE, 3 * HOUR + 2 * MINUTE, 31 * DAY]) {
          const hasRefreshToken = refreshLifetimeMs !== NO_TOKEN
          const token = { state, lifetimeMs, refreshLifetimeMs: hasRefreshToken ? refreshLifetimeMs : BigInt(9 * DAY), hasRefreshToken }
          tokens.set(`t${String(tokens.size).padStart(5, '0')}`, { ...token, issuedAtMs: base - age, refreshIssuedAtMs: base - age + MINUTE })
        }
      }
    }
  }
  return tokens
}

export async function insertTokens({ sql }: SqlDatabase, tokens: ReadonlyMap<string, JudgedToken>): Promise<void> {
  const columns = ['TOKEN_ID', 'CONSUMER_KEY_ID', 'AUTHZ_USER', 'TOKEN_STATE', 'TIME_CREATED', 'REFRESH_TOKEN_TIME_CREATED', 'VALIDITY_PERIOD']
  const [client] = await sql('SELECT MIN(ID) AS ID FROM IDN_OAUTH_CONSUMER_APPS')
  const rows = [...tokens].map(([id, token]) => [
    ...[id, Object.values(client ?? {})[0], id, token.state, timestamp(token.issuedAtMs), timestamp(token.refreshIssuedAtMs), token.lifetimeMs],
    ...[token.refreshLifetimeMs, token.hasRefreshToken ? `hash ${id}` : null],
  ])
  await sql(insertion('IDN_OAUTH2_ACCESS_TOKEN', [...columns, 'REFRESH_TOKEN_VALIDITY_PERIOD', 'REFRESH_TOKEN_HASH'], rows))
}
