import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Settings } from '../../config/settings.js'
import { notFound } from '../../http/answer.js'
import { requireBasic } from '../../http/basic-credentials.js'
import type { Handler } from '../../http/create-app.js'
import { revokedJwtRoute } from '../../http/routes/revoked-jwt-route.js'
import type { EventSink } from '../../stores/event-sink.js'
import { createRevokedEvents } from '../../wso2/revoked-events.js'
import type { WiderRevocations } from '../../wso2/wider-revocations.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

interface RevokedParts {
  readonly state: Pick<State, 'revocations' | 'follower'>
  readonly wider: WiderRevocations
  readonly events: EventSink
}

/** What a gateway of WSO2's asks when it starts; nothing is there where no gateway is configured. */
export function composeRevokedJwt(
  { wso2 }: Settings,
  { clock, clientFailures }: Resources,
  { state, wider, events }: RevokedParts,
): readonly Handler[] {
  if (wso2.revoked === undefined) return [notFound]
  const { revocations, follower } = state
  const revoked = createRevokedEvents(
    {
      walk: () => revocations.walk(),
      entriesAfter: (seq) => revocations.entries(seq),
      version: () => `${follower.heads().epoch} ${revocations.seq}`,
      assertFresh: () => follower.assertFresh(),
      wider,
      clock,
      nextTurn: () => nextTurn(),
    },
    wso2.revoked.form,
  )
  return [requireBasic({ ...wso2.revoked, failures: clientFailures, events }), revokedJwtRoute(revoked)]
}
