import type { JudgedSession } from './session-log-judge.js'
import { insertion, type SqlDatabase } from './sql-database.js'

/** Up to four rows of two types for each session, of all operations, ages and expiries; minutes away from every limit. */
export function sessionRows(nowNs: bigint): readonly JudgedSession[] {
  const minute = 60_000_000_000n
  const ages = [30_000n, 300n, 170n, 130n, 60n, 10n]
  const expiries = [-4000n, -130n, -60n, 600n, null]
  const rows: JudgedSession[] = []
  for (let n = 0; n < 300; n += 1) {
    for (let step = 0; step <= n % 4; step += 1) {
      const [age = 1n, expiry] = [ages[(n * 7 + step * 5) % 6], expiries[(n * 3 + step * 2 + Math.floor(n / 6)) % 5]]
      const createdNs = nowNs - age * minute + BigInt(step)
      const operation = (n + step * step + Math.floor(n / 11)) % 3 === 0 ? 'DELETE' : 'STORE'
      const expiresNs = operation === 'DELETE' || expiry === null || expiry === undefined ? null : nowNs + expiry * minute
      rows.push({ id: `s${n % 150}`, type: n < 150 ? 'a' : 'b', operation, createdNs, expiresNs })
    }
  }
  // At the very same time: nobody can say which of them is the newest.
  for (const [n, expiresNs] of [null, nowNs - 130n * minute].entries()) {
    const tied = { id: `tied${n}`, type: 'a', createdNs: nowNs - 300n * minute }
    rows.push({ ...tied, operation: 'STORE', expiresNs }, { ...tied, operation: 'DELETE', expiresNs: null })
  }
  return rows
}

export async function insertSessions({ sql }: SqlDatabase, table: string, rows: readonly JudgedSession[]): Promise<void> {
  const columns = ['SESSION_ID', 'SESSION_TYPE', 'OPERATION', 'TIME_CREATED', 'EXPIRY_TIME']
  await sql(
    insertion(
      table,
      columns,
      rows.map((row) => [row.id, row.type, row.operation, row.createdNs, row.expiresNs]),
    ),
  )
}
