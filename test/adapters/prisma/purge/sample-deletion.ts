import { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import type { WalkedDeletion } from '../../../../src/adapters/prisma/purge/walked-deletion.js'
import type { WalkedTable } from '../../../../src/adapters/prisma/purge/walked-table.js'
import { seconds } from '../../../../src/model/time.js'

/** A table whose rows, and those that go with them, have the same key. */
export const walkedSample: WalkedTable = {
  name: 'samples',
  table: 'SAMPLE',
  key: 'ID',
  link: 'ID',
  related: [{ table: 'BESIDE', column: 'SAMPLE_ID' }],
  isJudgedAlone: true,
  reason: () => Prisma.sql`REASON`,
}

/** Of what may go of it between `a` and `z`. */
export const sampleDeletion: WalkedDeletion = {
  walk: {
    column: 'ID',
    isPlace: () => true,
    value: (place) => Prisma.sql`${place}`,
    isUnique: () => Prisma.sql`1 = 1`,
    endOfStride: async () => null,
    before: async () => null,
  },
  range: { after: 'a', to: 'z' },
  moment: { nowMs: 0n, safePeriodMs: 0n, replayMemoryMs: 0n },
  request: { limit: 10, after: null, safePeriod: seconds(0) },
}
