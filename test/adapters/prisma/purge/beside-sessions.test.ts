import type { Runner } from '../../../../src/adapters/prisma/database-session.js'
import type { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { findLeftBeside } from '../../../../src/adapters/prisma/purge/beside-sessions.js'

/** A database in which one row stands beside each session, and a session is stored after so many statements. */
function createFake(stored: { readonly id: string; readonly after: number }) {
  const asked: string[] = []
  const rows = async (statement: Prisma.Sql) => {
    const table = /FROM (\w+)/.exec(statement.sql)?.[1] ?? ''
    asked.push(table)
    if (table === 'IDN_AUTH_SESSION_STORE') return asked.length > stored.after ? [{ SESSION_ID: stored.id }] : []
    return table === 'IDN_AUTH_SESSION_META_DATA' ? statement.values.map((id) => ({ SESSION_ID: String(id), PROPERTY_TYPE: 'p', VALUE: 'v' })) : []
  }
  return { asked, database: { rows } as unknown as Runner }
}

const found = async (database: Runner, ids: readonly string[]) =>
  (await findLeftBeside(database, ids)).flatMap(({ rows }) => rows.map((row) => row.SESSION_ID))

describe('What stands beside sessions that are gone', () => {
  it('is asked for of no session that has a row', async () => {
    const { database } = createFake({ id: 'alive', after: 0 })
    expect(await found(database, ['alive', 'gone'])).toEqual(['gone'])
  })

  it('stays where the session is stored while it is read, whatever the table thinks of case and spaces', async () => {
    const { database, asked } = createFake({ id: 'Revived ', after: 1 })
    expect(await found(database, ['revived', 'gone'])).toEqual(['gone'])
    expect([asked[0], asked.at(-1)]).toEqual(['IDN_AUTH_SESSION_STORE', 'IDN_AUTH_SESSION_STORE'])
    expect(asked).toHaveLength(6)
  })
})
