import type { Settings } from '../../config/settings.js'
import { createClientCredentialsGrant } from '../../grants/client-credentials-grant.js'
import type { Grant } from '../../grants/grant.js'
import { createGrantBeginning, type FindCutoff } from '../../grants/new-grant.js'
import { createPasswordGrant } from '../../grants/password-grant.js'
import { createRefreshTokenGrant } from '../../grants/refresh-token-grant.js'
import type { Client } from '../../model/client.js'
import { subject } from '../../model/ids.js'
import type { EventSink } from '../../stores/event-sink.js'
import { createUserAuthentication } from '../../users/authenticate-user.js'
import { limitUserFailures } from '../../users/limit-user-failures.js'
import type { Resources } from '../resources.js'
import type { TokenReading } from './compose-reading.js'
import type { State } from './compose-state.js'
import { composeReplayEnding } from './compose-steps.js'

export interface GrantParts {
  readonly state: State
  readonly reading: TokenReading
  readonly events: EventSink
  readonly issuer: string
}

/** The grants that are on. */
export function composeGrants(settings: Settings, resources: Resources, parts: GrantParts): readonly Grant[] {
  const { oauth, renewal } = settings
  const { stores, clock, userFailures, passwords } = resources
  const { state, reading, events, issuer } = parts
  const findCutoff: FindCutoff = (token) => {
    state.follower.assertFresh()
    return state.revocations.cutoffFor(token)
  }
  const beginGrant = createGrantBeginning(findCutoff, clock)
  const audience = { issuer, defaultAudience: oauth.defaultAudience }
  const authenticateUser = limitUserFailures(createUserAuthentication({ users: stores.users, passwords }), userFailures, events)
  const authenticateAndRemember: typeof authenticateUser = async (name, password, address) => {
    const user = await authenticateUser(name, password, address)
    if (user !== undefined) state.usernames.remember(subject(user.id), user.name)
    return user
  }
  const clientCredentials = createClientCredentialsGrant(beginGrant, { ...audience, allowRefreshTokens: oauth.clientCredentialsRefresh })
  const password = createPasswordGrant(authenticateAndRemember, beginGrant, audience)
  const endIfReplayed = composeReplayEnding(settings, resources, parts)
  const judgeForgotten = async (value: string, { id }: Client): Promise<void> => {
    const named = await reading.findForgottenToken(value)
    if (named !== undefined) await endIfReplayed({ ...named, clientId: id })
  }
  const refreshing = { readRefreshToken: reading.findRefreshToken, judgeForgotten, isRevoked: state.isRevoked }
  const refreshToken = createRefreshTokenGrant(refreshing, { issuer, ...renewal })
  return [
    ...(oauth.clientCredentialsGrant ? [clientCredentials] : []),
    ...(oauth.refreshTokenGrant ? [refreshToken] : []),
    ...(oauth.passwordGrant ? [password] : []),
  ]
}
