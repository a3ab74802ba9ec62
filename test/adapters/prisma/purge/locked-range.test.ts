import type { Runner } from '../../../../src/adapters/prisma/database-session.js'
import { Disturbed } from '../../../../src/adapters/prisma/disturbed.js'
import { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { findByRange } from '../../../../src/adapters/prisma/purge/locked-range.js'
import type { LockedDeletion } from '../../../../src/adapters/prisma/purge/locked-rows.js'
import type { WalkedTable } from '../../../../src/adapters/prisma/purge/walked-table.js'
import { mariadbDialect } from '../../../../src/adapters/prisma/sql/mariadb-dialect.js'
import { mysqlDialect } from '../../../../src/adapters/prisma/sql/mysql-dialect.js'
import { seconds } from '../../../../src/model/time.js'

const walked: WalkedTable = {
  name: 'samples',
  table: 'SAMPLE',
  alias: 'T',
  key: 'ID',
  link: 'ID',
  related: [{ table: 'BESIDE', column: 'SAMPLE_ID' }],
  isJudgedAlone: true,
  reason: () => Prisma.sql`T.REASON`,
}
const walk = {
  column: 'ID',
  isPlace: () => true,
  value: (place: string) => Prisma.sql`${place}`,
  isUnique: () => Prisma.sql`1 = 1`,
  endOfStride: async () => null,
  before: async () => null,
}
const deletion: LockedDeletion = {
  walk,
  range: { after: 'a', to: 'z' },
  moment: { nowMs: 0n, safePeriodMs: 0n, replayMemoryMs: 0n },
  request: { limit: 10, after: null, safePeriod: seconds(0), keep: async () => undefined },
  byKeys: false,
  texts: new Map(),
  columns: [],
  locked: [
    { A_KEY: 'b', REASON: 'expired' },
    { A_KEY: 'k', REASON: 'expired' },
  ],
}
const told = [{ table: 'BESIDE', columns: [], lines: ['[]', '[]', '[]'] }]

/** `gone`: how many rows the statements delete, in their order. */
function createRunner(gone: readonly number[], dialect: Runner['dialect'] = mariadbDialect) {
  const statements: Prisma.Sql[] = []
  const execute: Runner['execute'] = async (statement) => gone[statements.push(statement) - 1] ?? 0
  return { runner: { dialect, execute } as Runner, statements }
}

describe('what is locked, found again as a range', () => {
  it('goes with what belongs to it, up to the last row that is locked, and waits for nobody', async () => {
    const { runner, statements } = createRunner([3, 2])
    await findByRange(runner, walked, deletion)?.remove(told)
    expect(statements.map(({ sql }) => sql.split(' FROM ')[0])).toEqual([
      'SET STATEMENT innodb_lock_wait_timeout = 0 FOR DELETE X',
      'SET STATEMENT innodb_lock_wait_timeout = 0 FOR DELETE T',
    ])
    expect(statements.map(({ values }) => values)).toEqual([
      ['a', 'k'],
      ['a', 'k'],
    ])
  })

  it.each([
    ['more rows than are locked', [3, 3]],
    ['fewer', [3, 1]],
    ['more of those beside them than was told of', [4, 2]],
  ])('is given up where it is %s', async (_what, gone) => {
    await expect(findByRange(createRunner(gone).runner, walked, deletion)?.remove(told)).rejects.toBeInstanceOf(Disturbed)
  })

  it.each<[string, Parameters<typeof findByRange>[1], LockedDeletion, Runner['dialect']]>([
    ['where others were met', walked, { ...deletion, byKeys: true }, mariadbDialect],
    ['on MySQL, which would wait', walked, deletion, mysqlDialect],
    ['by a rule that reads other rows', { ...walked, isJudgedAlone: false }, deletion, mariadbDialect],
    ['of rows that the driver has to read', walked, { ...deletion, texts: undefined }, mariadbDialect],
    ['along something else than the key', walked, { ...deletion, walk: { ...walk, column: 'ctid' } }, mariadbDialect],
  ])('is not tried %s', (_where, table, asked, dialect) => {
    expect(findByRange(createRunner([], dialect).runner, table, asked)).toBeUndefined()
  })
})
