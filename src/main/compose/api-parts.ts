import type { Exchange } from '../../grants/exchange.js'
import type { Handler } from '../../http/create-app.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { RevokeToken } from '../../tokens/revoke-token.js'
import type { Operations } from '../commands/operations.js'
import type { State } from './compose-state.js'

/** Lets pass who shows a token with this scope, or with one of these. */
export type RequireScope = (scope: string | readonly string[] | undefined) => Handler

export interface ApiParts {
  readonly bearer: RequireScope
  readonly state: State
  readonly operations: Operations
  readonly exchange: Exchange
  readonly revokeToken: RevokeToken
  readonly events: EventSink
  /** Those that the token endpoint offers. */
  readonly grantTypes: readonly string[]
}
