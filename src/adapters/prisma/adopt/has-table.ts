import type { Runner } from '../database-session.js'
import { MIGRATION_DIALECTS } from '../migration-dialects.js'

/** Of WSO2's tables every product has its own choice. */
export async function hasTable({ models, dialect }: Runner, table: string): Promise<boolean> {
  const found = await models.$queryRawUnsafe<readonly unknown[]>(MIGRATION_DIALECTS[dialect.name].tableExists(table))
  return found.length > 0
}
