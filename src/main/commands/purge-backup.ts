import { resolve } from 'node:path'
import type { PurgeRequest } from '../../purge/create-purger.js'
import type { PurgeOutcome } from '../../purge/run-purge.js'
import type { Arguments } from './command.js'
import type { PurgeOperations } from './operations.js'

type Keeping = Pick<PurgeRequest, 'keep' | 'keepInTable'>

/** Has the purge keep what it deletes where the command line says so. */
export async function withBackup(
  given: Arguments,
  { purgeBackups }: Pick<PurgeOperations, 'purgeBackups'>,
  purge: (keeping: Keeping) => Promise<PurgeOutcome>,
): Promise<PurgeOutcome> {
  const where = given.option('backup')
  if (where === undefined) return purge({})
  const run = purgeBackups.newRun()
  if (where === 'table') return purge({ keepInTable: run })
  const backup = await purgeBackups.create(resolve(given.folder, where), run)
  try {
    const outcome = await purge({ keep: backup.keep })
    await backup.end()
    return outcome
  } finally {
    await backup.close()
  }
}
