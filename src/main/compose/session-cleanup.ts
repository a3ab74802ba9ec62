import type { SessionSettings, Settings } from '../../config/settings.js'
import type { Clock } from '../../model/time.js'
import type { Purger } from '../../purge/create-purger.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { SessionRules } from '../../stores/session-rules.js'
import type { Stores } from '../../stores/stores.js'
import type { Job } from './compose-jobs.js'

/** How often it is looked whether it is time, at the most. */
const LOOK_EVERY_MS = 60_000

/** What `[session_data.cleanup]` lets the server clean. */
export const rulesOfServer = ({ cleanExpired, cleanLoggedOut, cleanPreSessions, longest, longestPreSession }: SessionSettings): SessionRules => ({
  endedBy: cleanExpired ? 'expiry' : 'nothing',
  longest,
  loggedOutAtOnce: cleanLoggedOut,
  preSessionsAfter: cleanPreSessions ? longestPreSession : undefined,
})

/** What an operator cleans who asks for it: whoever has switched the server's own cleaning off does so in its place. */
export const rulesOfOperator = ({ longest, longestPreSession }: SessionSettings, by: 'expiry' | 'created'): SessionRules => ({
  endedBy: by === 'created' ? 'age' : 'expiry',
  longest,
  loggedOutAtOnce: true,
  preSessionsAfter: longestPreSession,
})

export interface CleanupNeeds {
  readonly stores: Pick<Stores, 'sessionTargets' | 'purgeRuns'>
  readonly clock: Clock
  readonly purge: Purger
}

/** undefined: there is nothing that it could clean. */
export function createSessionCleanup({ sessions, purge: limits }: Settings, { stores, clock, purge }: CleanupNeeds): Job | undefined {
  const targets = stores.sessionTargets(rulesOfServer(sessions))
  if (targets.length === 0) return undefined
  return {
    name: 'session cleanup',
    everyMs: Math.min(sessions.every * 1000, LOOK_EVERY_MS),
    async run(signal) {
      if (await isDue(targets, sessions, { stores, clock })) await purge(targets, { ...limits, batch: sessions.batch, signal })
    },
  }
}

/** By what stands in the database, so that it is cleaned as often as wanted however often servers are begun anew; and at once where one has died at it. */
async function isDue(
  targets: readonly PurgeTarget[],
  { every }: SessionSettings,
  { stores: { purgeRuns }, clock }: Omit<CleanupNeeds, 'purge'>,
): Promise<boolean> {
  const past = await purgeRuns.list()
  for (const { name } of targets) {
    const last = past.find(({ target }) => target === name)
    if (last === undefined || last.endedAt + every <= clock.now() || (await purgeRuns.place(name)) !== null) return true
  }
  return false
}
