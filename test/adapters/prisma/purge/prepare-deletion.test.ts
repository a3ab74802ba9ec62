import type { Runner } from '../../../../src/adapters/prisma/database-session.js'
import { prepareDeletion } from '../../../../src/adapters/prisma/purge/prepare-deletion.js'
import type { WalkedDeletion } from '../../../../src/adapters/prisma/purge/walked-deletion.js'
import type { WalkedTable } from '../../../../src/adapters/prisma/purge/walked-table.js'
import { mariadbDialect } from '../../../../src/adapters/prisma/sql/mariadb-dialect.js'
import { mysqlDialect } from '../../../../src/adapters/prisma/sql/mysql-dialect.js'
import { postgresqlDialect } from '../../../../src/adapters/prisma/sql/postgresql-dialect.js'
import type { TypedColumn } from '../../../../src/adapters/prisma/sql/row-text.js'
import { sqliteDialect } from '../../../../src/adapters/prisma/sql/sqlite-dialect.js'
import { sampleDeletion, walkedSample } from './sample-deletion.js'

const [walked, deletion] = [walkedSample, sampleDeletion]
const keeping: WalkedDeletion = { ...deletion, request: { ...deletion.request, keep: async () => undefined } }
const column = (table: string, name: string, collation = 'utf8mb4_bin', type = 'varchar'): TypedColumn => ({
  A_TABLE: table,
  A_COLUMN: name,
  A_TYPE: type,
  A_COLLATION: collation,
})
const columns = [column('SAMPLE', 'ID'), column('BESIDE', 'SAMPLE_ID')]

/** `referring`: foreign keys that refer to the table, as TABLE and rule. */
function createRunner(dialect: Runner['dialect'], told: readonly TypedColumn[], referring: readonly (readonly [string, string])[] = []): Runner {
  const answers = [
    told,
    referring.map(([table, rule]) => ({ A_TABLE: table, A_RULE: rule })),
    referring.map(([table]) => ({ A_TABLE: table, A_COLUMN: 'SAMPLE_ID', REFERS_TO: 'ID' })),
  ]
  return { dialect, rows: async () => answers.shift() ?? [] } as unknown as Runner
}

describe('how rows of a range are deleted', () => {
  it.each<[string, Runner['dialect'], WalkedTable, WalkedDeletion, readonly TypedColumn[], 'now' | 'in turn' | 'told']>([
    ['on PostgreSQL', postgresqlDialect, walked, deletion, columns, 'now'],
    ['on MariaDB', mariadbDialect, walked, deletion, columns, 'in turn'],
    ['on MariaDB, with a backup', mariadbDialect, walked, keeping, columns, 'in turn'],
    ['on MySQL, where no statement that deletes tells', mysqlDialect, walked, deletion, columns, 'told'],
    ['on SQLite', sqliteDialect, walked, deletion, [], 'told'],
    ['by a rule that reads other rows', mariadbDialect, { ...walked, isJudgedAlone: false }, deletion, columns, 'told'],
    ['where others belong to them by another column', mariadbDialect, { ...walked, link: 'LINK' }, deletion, columns, 'told'],
    ['along something else than the key', mariadbDialect, walked, { ...deletion, walk: { ...deletion.walk, column: 'ctid' } }, columns, 'told'],
    [
      'where keys are in another order',
      mariadbDialect,
      walked,
      deletion,
      [column('SAMPLE', 'ID'), column('BESIDE', 'SAMPLE_ID', 'latin1_bin')],
      'told',
    ],
    ['where nothing is known of the columns', mariadbDialect, walked, deletion, [], 'told'],
    ['of rows that the driver has to read', postgresqlDialect, walked, keeping, [...columns, column('BESIDE', 'X', 'x', 'double')], 'told'],
  ])('%s', async (_where, dialect, table, asked, told, next) => {
    expect(await prepareDeletion(createRunner(dialect, told), table, asked)).toMatchObject({ next })
  })

  it.each([
    ['CASCADE', 'in turn'],
    ['RESTRICT', 'told'],
    ['SET NULL', 'told'],
  ])('with a table that nobody knows and that refers to them with %s', async (rule, next) => {
    expect(await prepareDeletion(createRunner(mariadbDialect, columns, [['OTHER', rule]]), walked, deletion)).toMatchObject({ next })
  })
})
