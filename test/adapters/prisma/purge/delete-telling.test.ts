import type { Runner } from '../../../../src/adapters/prisma/database-session.js'
import { Disturbed } from '../../../../src/adapters/prisma/disturbed.js'
import type { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { deleteTelling, type TellingDeletion } from '../../../../src/adapters/prisma/purge/delete-telling.js'
import { mariadbDialect } from '../../../../src/adapters/prisma/sql/mariadb-dialect.js'
import { sampleDeletion, walkedSample } from './sample-deletion.js'

const deletion: TellingDeletion = { ...sampleDeletion, texts: undefined, columns: [], referring: walkedSample.related }
const tokens = (...named: readonly string[]) => named.map((key) => [key, 'expired'])
const keys = (...named: readonly string[]) => named.map((key) => [key])

/** `answers`: to the statements, in their order: what has gone, what is left, what was beside. */
function createRunner(...answers: readonly (readonly unknown[][])[]) {
  const statements: Prisma.Sql[] = []
  const lists: Runner['lists'] = async (statement) => answers[statements.push(statement) - 1] ?? []
  const listsOfBoth: Runner['listsOfBoth'] = async (_now, statement) => [[[17n]], await lists(statement)]
  return { runner: { dialect: mariadbDialect, lists, listsOfBoth } as Runner, statements }
}

describe('rows that are told of by the statement that deletes them', () => {
  it('are followed by what belonged to them: all of the range but what belongs to those that stay', async () => {
    const { runner, statements } = createRunner(tokens('b', 'k', 'l'), keys('c'), keys('b', 'k'))
    expect(await deleteTelling(runner, walkedSample, deletion)).toEqual({ deleted: { expired: 3 }, beganMs: 17 })
    const [first, , second] = statements
    expect(first).toMatchObject({ sql: expect.stringContaining('innodb_lock_wait_timeout = 0, foreign_key_checks = 0 FOR'), values: ['a', 'z'] })
    expect(second?.sql).toMatch(/innodb_lock_wait_timeout = 0 FOR DELETE FROM BESIDE WHERE SAMPLE_ID > \? AND\s+SAMPLE_ID <= \? AND SAMPLE_ID NOT IN/)
    expect(second?.values).toEqual(['a', 'z', 'c'])
  })

  it('are followed by what belonged to each, where more rows stay', async () => {
    const { runner, statements } = createRunner(tokens('b'), keys('c'), keys('b'))
    expect(await deleteTelling(runner, walkedSample, deletion)).toEqual({ deleted: { expired: 1 }, beganMs: 17 })
    expect(statements[2]).toMatchObject({ sql: expect.stringContaining('WHERE SAMPLE_ID IN'), values: ['b'] })
  })

  it('are all that is asked about where there are none', async () => {
    const { runner, statements } = createRunner([])
    expect(await deleteTelling(runner, walkedSample, deletion)).toEqual({ deleted: {}, beganMs: 17 })
    expect(statements).toHaveLength(1)
  })

  it('stay, and all else with them, where something went that was none of theirs', async () => {
    const { runner } = createRunner(tokens('b', 'k'), keys('c'), keys('b', 'x'))
    await expect(deleteTelling(runner, walkedSample, deletion)).rejects.toBeInstanceOf(Disturbed)
  })
})
