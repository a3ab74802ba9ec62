import { memoryPartitions } from '../../../src/adapters/memory/memory-partitions.js'
import { checkPartitions } from '../../../src/main/compose/doctor-partitions.js'
import type { TableLayout } from '../../../src/stores/partitions.js'

const LAID_OUT: TableLayout = { table: 'JETON_REVOCATION', state: 'partitioned', partitions: 5, until: 2_000_000_000, unplaced: 3 }
const check = (...layouts: readonly TableLayout[]) => checkPartitions({ ...memoryPartitions, layouts: async () => layouts })

describe('jeton doctor, of partitions', () => {
  it('finds nothing wrong with tables that have none, or have them', async () => {
    expect(await check()).toMatchObject({ ok: true })
    const plain = { ...LAID_OUT, table: 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT', state: 'plain', partitions: 0, until: null, unplaced: 0 } as const
    expect(await check(LAID_OUT, plain)).toMatchObject({ ok: true, message: 'JETON_REVOCATION has 5' })
  })

  it('names a move that has not come to its end, and rows that have outgrown their partitions, and how both are mended', async () => {
    const remedy = 'run "jeton migrate --partitioned"'
    expect(await check({ ...LAID_OUT, state: 'moving' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('not come to its end'),
      remedy,
    })
    expect(await check({ ...LAID_OUT, unplaced: 10_000 })).toMatchObject({ ok: false, message: expect.stringContaining('10000 rows'), remedy })
  })
})
