import type { Settings } from '../../config/settings.js'
import { longer } from '../../model/time.js'
import type { Stores } from '../../stores/stores.js'
import type { Operations } from '../commands/operations.js'

/** The schema first; then the longest lifetimes, by which it is reckoned how long an entry stays; then what is revoked. */
export function createAdoption(
  { lifetimes }: Pick<Settings, 'lifetimes'>,
  stores: Pick<Stores, 'adopt' | 'adoption' | 'heads'>,
): Operations['adopt'] {
  return async () => {
    const schema = await stores.adopt()
    const there = await stores.adoption.longestLifetimes()
    const access = longer(there.access, longer(lifetimes.applicationAccessToken, lifetimes.userAccessToken))
    await stores.heads.raiseLifetimes(access, longer(there.refresh, lifetimes.refreshToken))
    const tokenTypes = await stores.adoption.takeTokenTypes()
    const imported = await stores.adoption.importRevocations()
    await stores.adoption.finish()
    return { ...schema, ...imported, tokenTypes }
  }
}
