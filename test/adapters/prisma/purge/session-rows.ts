import type { JudgedSession } from '../../../purge/session-log-judge.js'
import type { PurgedDatabase } from './purged-database.js'

const SECOND = 1_000_000_000n
const HOUR = 3600

/** Seconds from now: of when a row was made, and of its end after that. None comes nearer to a limit than ten minutes. */
const AGES = [600, HOUR, 3 * HOUR, 5 * HOUR, 30 * HOUR, 13 * 24 * HOUR, 15 * 24 * HOUR, 40 * 24 * HOUR]
const LENGTHS = [900, HOUR + 600, 24 * HOUR, 14 * 24 * HOUR, 90 * 24 * HOUR, null]

export const databaseNow = async ({ engine, sql }: PurgedDatabase): Promise<bigint> => {
  const now = { sqlite: 'unixepoch()', postgresql: 'CAST(FLOOR(EXTRACT(EPOCH FROM now())) AS BIGINT)', mysql: 'UNIX_TIMESTAMP()' }[engine]
  return BigInt(String((await sql(`SELECT ${now} AS TIME_NOW`))[0]?.TIME_NOW)) * SECOND
}

export const aRow = (
  nowNs: bigint,
  changes: Partial<Omit<JudgedSession, 'createdNs' | 'expiresNs'>> & { age?: number; left?: number | null } = {},
): JudgedSession => {
  const { age = HOUR, left = HOUR, ...rest } = changes
  return {
    id: 'session-1',
    type: 'AppAuthFrameworkSessionContextCache',
    operation: 'STORE',
    createdNs: nowNs - BigInt(age) * SECOND,
    expiresNs: left === null ? null : nowNs + BigInt(left) * SECOND,
    ...rest,
  }
}

/** As many sessions of two types, each with some rows of every kind; the same for the same seed. */
export function randomSessions(nowNs: bigint, count: number, seed = 7): readonly JudgedSession[] {
  const random = createRandom(seed)
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One
  const rows = new Map<string, JudgedSession>()
  for (let number = 0; number < count; number++) {
    for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
      const age = pick(AGES)
      const length = pick(LENGTHS)
      const row = aRow(nowNs, {
        id: `session-${number}`,
        type: pick(['SessionContext', 'AuthenticationResult']),
        operation: pick(['STORE', 'STORE', 'STORE', 'DELETE', 'DELETE', 'OTHER']),
        age,
        left: length === null ? null : length - age,
      })
      rows.set(JSON.stringify([row.id, row.type, String(row.createdNs), row.operation]), row)
    }
  }
  return [...rows.values()]
}

function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const text = (value: string): string => `'${value}'`

export async function insertSessions({ sql }: PurgedDatabase, rows: readonly JudgedSession[], table = 'IDN_AUTH_SESSION_STORE'): Promise<void> {
  const values = rows.map(
    ({ id, type, operation, createdNs, expiresNs }) => `(${text(id)}, ${text(type)}, ${text(operation)}, ${createdNs}, ${expiresNs ?? 'NULL'})`,
  )
  for (let at = 0; at < values.length; at += 200) {
    await sql(`INSERT INTO ${table} (SESSION_ID, SESSION_TYPE, OPERATION, TIME_CREATED, EXPIRY_TIME) VALUES ${values.slice(at, at + 200).join(', ')}`)
  }
}

/** The driver of the embedded database rounds large integers: they are read as text. */
export async function readSessions({ sql }: PurgedDatabase, table = 'IDN_AUTH_SESSION_STORE'): Promise<readonly JudgedSession[]> {
  const rows = await sql(`
    SELECT SESSION_ID, SESSION_TYPE, OPERATION, CAST(TIME_CREATED AS CHAR(20)) AS CREATED, CAST(EXPIRY_TIME AS CHAR(20)) AS EXPIRES FROM ${table}`)
  return rows.map((row) => ({
    id: String(row.SESSION_ID),
    type: String(row.SESSION_TYPE),
    operation: String(row.OPERATION),
    createdNs: BigInt(String(row.CREATED).trim()),
    expiresNs: row.EXPIRES === null ? null : BigInt(String(row.EXPIRES).trim()),
  }))
}

/** One row in each of the tables beside the session store. */
export async function insertBeside({ sql }: PurgedDatabase, id: string, user = `user of ${id}`): Promise<void> {
  await sql(`INSERT INTO IDN_AUTH_USER_SESSION_MAPPING (USER_ID, SESSION_ID) VALUES (${text(user)}, ${text(id)})`)
  await sql(`INSERT INTO IDN_AUTH_SESSION_APP_INFO (SESSION_ID, SUBJECT, APP_ID, INBOUND_AUTH_TYPE) VALUES (${text(id)}, ${text(user)}, 7, 'oauth2')`)
  await sql(`INSERT INTO IDN_AUTH_SESSION_META_DATA (SESSION_ID, PROPERTY_TYPE, VALUE) VALUES (${text(id)}, 'Login Time', '1')`)
  await sql(`INSERT INTO IDN_FED_AUTH_SESSION_MAPPING (IDP_SESSION_ID, SESSION_ID, IDP_NAME) VALUES (${text(`idp ${id}`)}, ${text(id)}, 'idp')`)
}

const BESIDE = ['IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING']

/** The session ids of the rows in the tables beside the store, one list for each table. */
export async function readBeside({ sql }: PurgedDatabase): Promise<readonly (readonly string[])[]> {
  const lists = []
  for (const table of BESIDE) lists.push((await sql(`SELECT SESSION_ID FROM ${table} ORDER BY SESSION_ID`)).map((row) => String(row.SESSION_ID)))
  return lists
}
