import type { Runner } from '../database-session.js'
import { MIGRATION_DIALECTS } from '../migration-dialects.js'

/** Of WSO2's tables every product has its own choice. */
export async function hasTable({ rowsAsNamed, dialect }: Runner, table: string): Promise<boolean> {
  return (await rowsAsNamed(MIGRATION_DIALECTS[dialect.name].tableExists(table))).length > 0
}
