import { moveTable } from '../../../../src/adapters/prisma/partitions/move-table.js'
import { AUDIT_TABLE, LOG_TABLE } from '../../../../src/adapters/prisma/partitions/partitioned-tables.js'
import type { Range } from '../../../../src/adapters/prisma/partitions/plan-partitions.js'
import { PARTITION_DIALECTS } from '../../../../src/adapters/prisma/partitions/prisma-partitions.js'
import type { ServerDatabase } from '../server-database.js'

/** Moves the log and the audit into these partitions. */
export async function layOut(database: ServerDatabase, ranges: readonly Range[]): Promise<void> {
  const engine = await database.openEngine()
  const dialect = PARTITION_DIALECTS[engine.dialect.name]
  if (dialect === undefined) throw new Error('no partitions')
  const move = { ranges: async () => ranges, again: false, tell: () => undefined }
  try {
    await engine.withMigrationConnection(async (connection) => {
      for (const table of [LOG_TABLE, AUDIT_TABLE]) await moveTable({ connection, table }, dialect, move)
    })
  } finally {
    await engine.close()
  }
}
