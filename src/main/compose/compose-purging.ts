import type { Settings } from '../../config/settings.js'
import type { Purger } from '../../purge/create-purger.js'
import type { PurgeOperations } from '../commands/operations.js'
import type { Resources } from '../resources.js'
import { composeBackups } from './compose-backups.js'
import { rulesOfOperator } from './session-cleanup.js'

/** What the command line can ask for of what is stored. */
export function composePurging(
  { purge: limits, sessions }: Settings,
  resources: Pick<Resources, 'stores' | 'clock'>,
  purge: Purger,
): PurgeOperations {
  const { stores } = resources
  return {
    purgeTargets: stores.purgeTargets,
    sessionTargets: (by) => stores.sessionTargets(rulesOfOperator(sessions, by)),
    purgeLimits: limits,
    purge,
    purgeBackups: composeBackups(resources),
  }
}
