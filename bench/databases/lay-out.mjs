import { moveTable } from '../../dist/adapters/prisma/partitions/move-table.js'
import { LOG_TABLE } from '../../dist/adapters/prisma/partitions/partitioned-tables.js'
import { PARTITION_DIALECTS } from '../../dist/adapters/prisma/partitions/prisma-partitions.js'

/** Moves the revocation log into these partitions. */
export async function layOut(engine, ranges) {
  const dialect = PARTITION_DIALECTS[engine.dialect.name]
  const move = { ranges: async () => ranges, again: false, tell: () => undefined }
  await engine.withMigrationConnection((connection) => moveTable({ connection, table: LOG_TABLE }, dialect, move))
}
