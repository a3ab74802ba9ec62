import { OAuthError } from '../errors/oauth-error.js'
import type { TokenType } from '../model/client.js'
import type { Scopes } from '../model/scope.js'
import type { Seconds } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'
import type { Decision, Grant, TokenRequest } from './grant.js'

/** RFC 6749 §5.1, before it is put on the wire. */
export interface TokenResponse {
  readonly accessToken: string
  readonly expiresIn: Seconds
  readonly scopes: Scopes
  readonly refreshToken: string | undefined
}

/** Carries out a decision for one kind of token: signs, and writes what has to be written, last. */
export type IssuePair = (decision: Decision) => Promise<TokenResponse>

export type Exchange = (request: TokenRequest) => Promise<TokenResponse>

/** The token endpoint's one use case: pick the grant, let it decide, then issue in the client's kind of token. */
export function createExchange(grants: readonly Grant[], issuePair: Readonly<Record<TokenType, IssuePair>>, events: EventSink): Exchange {
  const byType = new Map(grants.map((grant) => [grant.grantType, grant]))

  return async (request) => {
    const grant = pickGrant(byType, request)
    const decision = await grant.authorize(request)
    const response = await issuePair[request.client.tokenType](decision)
    events({ type: 'tokens_issued', clientId: request.client.id, grantType: grant.grantType })
    return response
  }
}

function pickGrant(byType: ReadonlyMap<string, Grant>, { client, parameters }: TokenRequest): Grant {
  const grantType = parameters.get('grant_type')
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing')
  const grant = byType.get(grantType)
  if (grant === undefined) throw new OAuthError('unsupported_grant_type', 'this server does not offer this grant_type')
  if (!client.grantTypes.includes(grantType)) throw new OAuthError('unauthorized_client', 'this client may not use this grant_type')
  return grant
}
