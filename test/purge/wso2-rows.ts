import { type JudgedToken, judgeToken, type Verdict } from './wso2-judge.js'

/**
 * Rows of every state that WSO2 leaves behind, one in ten of them alive, as one statement of the database for any number of them.
 * No row comes nearer than ten minutes to a limit, so that a long run changes no verdict.
 */

export type RowEngine = 'sqlite' | 'postgresql' | 'mysql'
export type RunSql = (statement: string) => Promise<readonly Record<string, unknown>[]>

/** A length in seconds, or a validity that means for ever, as it stands in the column. */
type Validity = number | `${number} ms`

interface Kind {
  /** How many of a hundred rows. */
  readonly share: number
  readonly state: string
  /** Seconds since it was issued, and its validity. */
  readonly access: readonly [number, Validity]
  readonly refresh: readonly [number, Validity] | 'none'
}

const HOUR = 3600
const DAY = 24 * HOUR
const LONG_MAX = '9223372036854775807 ms'
const FIRST_NEVER = '99999999999990 ms'

export const KINDS: readonly Kind[] = [
  // One in ten has to stay.
  { share: 1, state: 'ACTIVE', access: [600, HOUR], refresh: [600, DAY] },
  { share: 1, state: 'ACTIVE', access: [3 * HOUR, HOUR], refresh: [3 * HOUR, DAY] },
  { share: 1, state: 'ACTIVE', access: [2 * DAY, 9 * DAY], refresh: [2 * DAY, HOUR] },
  { share: 1, state: 'ACTIVE', access: [90 * DAY, '-1 ms'], refresh: [90 * DAY, DAY] },
  { share: 1, state: 'ACTIVE', access: [90 * DAY, HOUR], refresh: [90 * DAY, LONG_MAX] },
  { share: 1, state: 'EXPIRED', access: [3 * HOUR, HOUR], refresh: [3 * HOUR, DAY] },
  { share: 1, state: 'ACTIVE', access: [2 * HOUR, HOUR], refresh: [2 * HOUR, HOUR] },
  { share: 1, state: 'INACTIVE', access: [3 * HOUR, HOUR], refresh: [3 * HOUR, DAY] },
  { share: 1, state: 'INACTIVE', access: [29 * DAY, HOUR], refresh: [29 * DAY, FIRST_NEVER] },
  { share: 1, state: 'LOCKED', access: [90 * DAY, HOUR], refresh: [90 * DAY, DAY] },
  // The others have to go.
  { share: 10, state: 'REVOKED', access: [600, HOUR], refresh: [600, DAY] },
  { share: 5, state: 'REVOKED', access: [90 * DAY, LONG_MAX], refresh: [90 * DAY, '-1 ms'] },
  { share: 10, state: 'REVOKED', access: [9 * DAY, HOUR], refresh: [9 * DAY, DAY] },
  { share: 20, state: 'INACTIVE', access: [9 * DAY, HOUR], refresh: [9 * DAY, DAY] },
  { share: 5, state: 'INACTIVE', access: [2 * DAY, 9 * DAY], refresh: [2 * DAY, DAY] },
  { share: 5, state: 'INACTIVE', access: [31 * DAY, HOUR], refresh: [31 * DAY, LONG_MAX] },
  { share: 10, state: 'EXPIRED', access: [9 * DAY, HOUR], refresh: [9 * DAY, DAY] },
  { share: 20, state: 'ACTIVE', access: [9 * DAY, HOUR], refresh: [9 * DAY, DAY] },
  { share: 3, state: 'ACTIVE', access: [3 * HOUR, 0], refresh: [3 * HOUR, 0] },
  { share: 2, state: 'ACTIVE', access: [9 * DAY, HOUR], refresh: 'none' },
]

/** Of `count` rows from the given number on, of the one client that is there: a user and a scope for each, two scopes for every fifth. */
export function insertRows(engine: RowEngine, { from = 1, count }: { readonly from?: number; readonly count: number }): readonly string[] {
  const numbers = numbersOf(engine, from, from + count - 1)
  const every = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind))
  const choose = (pick: (kind: Kind) => string): string => `CASE N % 100 ${every.map((kind, n) => `WHEN ${n} THEN ${pick(kind)}`).join(' ')} END`
  const refresh = ({ access, refresh: given }: Kind) => (given === 'none' ? access : given)
  const hash = choose(({ refresh: given }) => (given === 'none' ? 'NULL' : '1'))
  const id = idOf(engine)
  return [
    `INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE, GRANT_TYPE,
       TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, TOKEN_STATE, TOKEN_STATE_ID,
       SUBJECT_IDENTIFIER, ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, IDP_ID, TOKEN_BINDING_REF)
     SELECT ${id}, ${id}, CASE WHEN ${hash} IS NULL THEN NULL ELSE ${text(engine, 'r')} END, (SELECT MIN(ID) FROM IDN_OAUTH_CONSUMER_APPS),
       ${text(engine, 'u')}, -1234, 'PRIMARY', 'APPLICATION_USER', 'password',
       ${ago(
         engine,
         choose(({ access }) => `${access[0]}`),
       )}, ${ago(
         engine,
         choose((kind) => `${refresh(kind)[0]}`),
       )},
       ${choose(({ access }) => milliseconds(access[1]))}, ${choose((kind) => milliseconds(refresh(kind)[1]))}, 'scopes', ${choose(({ state }) => `'${state}'`)}, 'NONE',
       ${text(engine, 'u')}, ${text(engine, 'ah')}, CASE WHEN ${hash} IS NULL THEN NULL ELSE ${text(engine, 'rh')} END, 1, 'NONE'
     FROM ${numbers}`,
    `INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_SCOPE (TOKEN_ID, TOKEN_SCOPE, TENANT_ID) SELECT ${id}, 'openid', -1234 FROM ${numbers}`,
    `INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_SCOPE (TOKEN_ID, TOKEN_SCOPE, TENANT_ID) SELECT ${id}, 'profile', -1234 FROM ${numbers} WHERE N % 5 = 0`,
  ]
}

/** Every row that there is: which may go, by the judge's word, and which has to stay. Read in pages, at any number of rows. */
export async function judgeRows(engine: RowEngine, sql: RunSql): Promise<ReadonlyMap<string, Verdict>> {
  const nowMs = await timeOf(engine, sql)
  const verdicts = new Map<string, Verdict>()
  for (let after = ''; ; ) {
    const rows =
      await sql(`SELECT TOKEN_ID AS T, TOKEN_STATE AS S, ${asText(engine, 'TIME_CREATED')} AS A, ${asText(engine, 'REFRESH_TOKEN_TIME_CREATED')} AS R,
      VALIDITY_PERIOD AS AV, REFRESH_TOKEN_VALIDITY_PERIOD AS RV, CASE WHEN REFRESH_TOKEN IS NULL AND REFRESH_TOKEN_HASH IS NULL THEN 0 ELSE 1 END AS HR
      FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > '${after}' ORDER BY TOKEN_ID LIMIT ${PAGE}`)
    for (const row of rows) verdicts.set(String(field(row, 'T')), judgeToken(tokenOf(row), nowMs))
    if (rows.length < PAGE) return verdicts
    after = String(field(rows[rows.length - 1] ?? {}, 'T'))
  }
}

const PAGE = 20_000

/** The database's own clock. */
export async function timeOf(engine: RowEngine, sql: RunSql): Promise<number> {
  const now = {
    sqlite: "STRFTIME('%Y-%m-%d %H:%M:%f', 'now')",
    postgresql: "CAST(NOW() AT TIME ZONE 'UTC' AS TEXT)",
    mysql: 'CAST(UTC_TIMESTAMP(3) AS CHAR)',
  }[engine]
  const [row = {}] = await sql(`SELECT ${now} AS T`)
  return utc(field(row, 'T'))
}

function tokenOf(row: Record<string, unknown>): JudgedToken {
  const state = field(row, 'S')
  return {
    state: state === null ? null : String(state),
    issuedAtMs: utc(field(row, 'A')),
    refreshIssuedAtMs: utc(field(row, 'R')),
    lifetimeMs: wholeNumber(field(row, 'AV')),
    refreshLifetimeMs: wholeNumber(field(row, 'RV')),
    hasRefreshToken: Number(field(row, 'HR')) === 1,
  }
}

/** PostgreSQL answers in lower case. */
const field = (row: Record<string, unknown>, name: string): unknown => row[name] ?? row[name.toLowerCase()] ?? null
const utc = (text: unknown): number => Date.parse(`${String(text).replace(' ', 'T')}Z`)
const wholeNumber = (value: unknown): bigint | null => (value === null ? null : BigInt(String(value)))
const milliseconds = (validity: Validity): string => (typeof validity === 'number' ? String(validity * 1000) : validity.slice(0, -' ms'.length))

/** A table with the one column N. */
function numbersOf(engine: RowEngine, from: number, to: number): string {
  if (engine === 'postgresql') return `GENERATE_SERIES(${from}, ${to}) AS NUMBERS(N)`
  if (engine === 'sqlite') return `(WITH RECURSIVE S(N) AS (SELECT ${from} UNION ALL SELECT N + 1 FROM S WHERE N < ${to}) SELECT N FROM S) NUMBERS`
  const places = Array.from({ length: String(to - from).length }, (_, power) => power)
  const sum = places.map((power) => `D${power}.D * ${10 ** power}`).join(' + ')
  const tables = places.map(
    (power) => `(SELECT 0 AS D ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `UNION ALL SELECT ${digit}`).join(' ')}) D${power}`,
  )
  return `(SELECT ${from} + ${sum} AS N FROM ${tables.join(', ')} WHERE ${sum} <= ${to - from}) NUMBERS`
}

/** Spread over the whole key space, as WSO2's random ids are, and different for each N. */
function idOf(engine: RowEngine): string {
  if (engine === 'sqlite') return "PRINTF('%016x-%d', (N * 2654435761) % 4294967296, N)"
  if (engine === 'postgresql') return "MD5(CAST(N AS TEXT)) || '-' || N"
  return "CONCAT(MD5(N), '-', N)"
}

function text(engine: RowEngine, prefix: string): string {
  return engine === 'mysql' ? `CONCAT('${prefix}', N)` : `'${prefix}' || N`
}

function ago(engine: RowEngine, length: string): string {
  if (engine === 'sqlite') return `DATETIME('now', '-' || (${length}) || ' seconds')`
  if (engine === 'postgresql') return `(NOW() AT TIME ZONE 'UTC') - (${length}) * INTERVAL '1 second'`
  return `UTC_TIMESTAMP() - INTERVAL (${length}) SECOND`
}

function asText(engine: RowEngine, column: string): string {
  if (engine === 'sqlite') return column
  return engine === 'postgresql' ? `CAST(${column} AS TEXT)` : `CAST(${column} AS CHAR)`
}
