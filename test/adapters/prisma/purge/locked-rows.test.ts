import type { Runner } from '../../../../src/adapters/prisma/database-session.js'
import type { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { findByKeys } from '../../../../src/adapters/prisma/purge/locked-rows.js'
import type { WalkedTable } from '../../../../src/adapters/prisma/purge/walked-table.js'
import { mysqlDialect } from '../../../../src/adapters/prisma/sql/mysql-dialect.js'
import { sampleDeletion, walkedSample } from './sample-deletion.js'

const KEY_TYPE = 'VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin'

const walked: WalkedTable = { ...walkedSample, link: 'LINK', related: [{ table: 'BESIDE', column: 'SAMPLE_LINK' }], isJudgedAlone: false }

function find(gone: number, keyType: string | null = KEY_TYPE) {
  const statements: Prisma.Sql[] = []
  const execute: Runner['execute'] = async (statement) => {
    statements.push(statement)
    return statement.sql.includes('SAMPLE X') ? gone : 0
  }
  const found = findByKeys({ dialect: mysqlDialect, execute } as Runner, walked, {
    ...sampleDeletion,
    texts: undefined,
    columns: [
      { A_TABLE: 'SAMPLE', A_COLUMN: 'ID', A_TYPE: 'varchar', A_KEY_TYPE: keyType },
      { A_TABLE: 'BESIDE', A_COLUMN: 'SAMPLE_LINK', A_TYPE: 'int', A_KEY_TYPE: null },
    ],
    locked: [
      { A_KEY: 'b', A_LINK: '1', REASON: 'expired' },
      { A_KEY: 'k', A_LINK: null, REASON: 'expired' },
    ],
  })
  return { found, statements }
}

describe('what is locked, found again by its keys', () => {
  it('goes after what belongs to it, with the keys as one text that is declared as their column is', async () => {
    const { found, statements } = find(2)
    await found.remove()
    const [beside, own] = statements
    expect(beside).toMatchObject({ sql: expect.stringContaining('BESIDE X  WHERE X.SAMPLE_LINK IN'), values: ['1'] })
    expect(own).toMatchObject({ sql: expect.stringContaining(`COLUMNS (A_KEY ${KEY_TYPE} PATH`), values: ['["b","k"]'] })
  })

  it.each([null, 'VARCHAR(40) CHARACTER SET x; DROP TABLE SAMPLE COLLATE y'])(
    'takes a list of keys where their column is declared as %s',
    async (type) => {
      const { found, statements } = find(2, type)
      await found.remove()
      expect(statements[1]).toMatchObject({ sql: expect.stringContaining('FORCE INDEX (PRIMARY) WHERE X.ID IN'), values: ['b', 'k'] })
    },
  )

  it.each([1, 3])('is an error where %i of two rows go', async (gone) => {
    await expect(find(gone).found.remove()).rejects.toThrow(`${gone} of 2 locked rows of SAMPLE were deleted`)
  })
})
