import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { SessionRules } from '../../../stores/session-rules.js'
import type { DatabaseSession } from '../database-session.js'
import { createOrphanedSessionsTarget } from './orphaned-sessions-target.js'
import { createPreSessionsTarget } from './pre-sessions-target.js'
import { createSessionsTarget } from './sessions-target.js'

/** What the rules say something about, in the order in which it is purged. */
export function createSessionTargets(session: DatabaseSession, rules: SessionRules): readonly PurgeTarget[] {
  const { endedBy, loggedOutAtOnce, preSessionsAfter } = rules
  return [
    ...(endedBy === 'nothing' && !loggedOutAtOnce ? [] : [createSessionsTarget(session, rules)]),
    ...(endedBy === 'nothing' ? [] : [createOrphanedSessionsTarget(session)]),
    ...(preSessionsAfter === undefined ? [] : [createPreSessionsTarget(session, preSessionsAfter)]),
  ]
}
