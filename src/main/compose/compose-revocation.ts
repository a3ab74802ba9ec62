import type { Settings } from '../../config/settings.js'
import type { EventSink } from '../../stores/event-sink.js'
import { limitRevocations } from '../../tokens/limit-revocations.js'
import { createTokenRevocation, type RevokeToken } from '../../tokens/revoke-token.js'
import type { Resources } from '../resources.js'
import type { TokenReading } from './compose-reading.js'
import type { State } from './compose-state.js'

export interface RevocationParts {
  readonly state: State
  readonly reading: TokenReading
  readonly events: EventSink
}

export interface TokenRevocations {
  /** For operators and those who look after an application. */
  readonly revokeToken: RevokeToken
  /** For the clients themselves, each within its limit. */
  readonly revokeOwnToken: RevokeToken
}

export function composeRevocation({ revocation }: Settings, { clock }: Resources, { state, reading, events }: RevocationParts): TokenRevocations {
  const needs = {
    findAccessToken: reading.findUnjudgedAccessToken,
    findRefreshToken: reading.findRefreshToken,
    refusal: state.refusal,
    record: state.recorder.submit,
  }
  const revokeToken = createTokenRevocation(needs)
  if (revocation.perClientRate === 0) return { revokeToken, revokeOwnToken: revokeToken }
  return { revokeToken, revokeOwnToken: createTokenRevocation({ ...needs, record: limitRevocations(needs.record, { clock, events }, revocation) }) }
}
