import type { Settings } from '../../config/settings.js'
import { createReplayEnding, type EndIfReplayed } from '../../grants/end-replayed.js'
import { createGrantSteps, type GrantStepNeeds, type GrantSteps } from '../../grants/grant-steps.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

interface StepParts {
  readonly state: State
  readonly events: EventSink
}

/** How refresh tokens are spent, whatever their form. */
export function composeSteps(settings: Settings, resources: Resources, parts: StepParts): GrantSteps {
  const { lifetimes, renewal, revocation } = settings
  const renewing = { ...renewal, refreshTokenLifetime: lifetimes.refreshToken, keepAfterExpiry: revocation.keepAfterExpiry }
  return createGrantSteps(needsOf(resources, parts), renewing)
}

export function composeReplayEnding({ renewal }: Settings, resources: Resources, parts: StepParts): EndIfReplayed {
  return createReplayEnding(needsOf(resources, parts), renewal)
}

function needsOf({ stores }: Resources, { state, events }: StepParts): GrantStepNeeds {
  return {
    grants: stores.grants,
    revokeGrant: (id, owner) => state.recorder.submit({ kind: 'grant', id, ...(owner && { owner }) }),
    settleOutage: () => state.outages.settle(),
    events,
  }
}
