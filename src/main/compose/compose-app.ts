import type { Metrics } from '../../adapters/system/metrics.js'
import { createClientAuthentication } from '../../clients/authenticate-client.js'
import type { Settings } from '../../config/settings.js'
import type { Exchange } from '../../grants/exchange.js'
import { requireBearer } from '../../http/bearer.js'
import { type App, createApp } from '../../http/create-app.js'
import { createErrorResponse } from '../../http/error-response.js'
import { observeRequests } from '../../http/observe-requests.js'
import { createRevokedTokenHeaders } from '../../http/revoked-token-headers.js'
import { type Readiness, readinessRoute } from '../../http/routes/health-route.js'
import { introspectRoute } from '../../http/routes/introspect-route.js'
import { jwksRoute } from '../../http/routes/jwks-route.js'
import { metadataPaths, metadataRoute } from '../../http/routes/metadata-route.js'
import { metricsRoute } from '../../http/routes/metrics-route.js'
import { openApiRoute } from '../../http/routes/openapi-route.js'
import { revocationChangesRoute } from '../../http/routes/revocation-changes-route.js'
import { revocationDigestsRoute } from '../../http/routes/revocation-digests-route.js'
import { revocationSnapshotRoute } from '../../http/routes/revocation-snapshot-route.js'
import { revokeRoute } from '../../http/routes/revoke-route.js'
import { tokenRoute } from '../../http/routes/token-route.js'
import { userinfoRoute } from '../../http/routes/userinfo-route.js'
import type { Seconds } from '../../model/time.js'
import type { EventSink } from '../../stores/event-sink.js'
import { createIntrospection } from '../../tokens/introspect-token.js'
import { createUserClaims } from '../../tokens/user-claims.js'
import type { WiderRevocations } from '../../wso2/wider-revocations.js'
import type { Operations } from '../commands/operations.js'
import type { Resources } from '../resources.js'
import type { RequireScope } from './api-parts.js'
import { composeApis } from './compose-apis.js'
import type { TokenReading } from './compose-reading.js'
import type { TokenRevocations } from './compose-revocation.js'
import { composeRevokedJwt } from './compose-revoked-jwt.js'
import type { State } from './compose-state.js'

export interface AppParts extends TokenRevocations {
  readonly state: State
  readonly reading: TokenReading
  readonly exchange: Exchange
  readonly issuer: string
  readonly version: string
  readonly grantTypes: readonly string[]
  readonly jwksMaxAge: Seconds
  readonly readiness: () => Readiness
  readonly metrics: Metrics
  readonly operations: Operations
  readonly events: EventSink
  readonly wider: WiderRevocations
}

export function composeApp(settings: Settings, resources: Resources, parts: AppParts): App {
  const { server, renewal, oauth } = settings
  const { stores, clientFailures, clock } = resources
  const { state, reading, issuer, events } = parts
  const secret = () => state.keys.ring().secret()
  const authenticateClient = createClientAuthentication({ findClient: (id) => state.clients.find(id), secret, failures: clientFailures, events })
  const introspect = createIntrospection({
    ...reading,
    isRevoked: state.isRevoked,
    grants: stores.grants,
    // Users of a server that was taken over are not in the store; over there the subject usually is the name.
    findUsername: async (subject) => (await state.usernames.find(subject)) ?? (state.adoption.isAdopted() ? subject : undefined),
    grace: renewal,
    issuer,
  })
  const bearer: RequireScope = (scope) => requireBearer(reading.findAccessToken, { audience: scope === undefined ? undefined : issuer, scope })
  const nameRevoked = oauth.revokedTokenHeaders ? createRevokedTokenHeaders((subject) => state.usernames.find(subject)) : undefined
  const around = { observe: observeRequests(parts.metrics.observeRequest, () => clock.nowMs()), errorResponse: createErrorResponse(events) }
  const routes = {
    token: tokenRoute(authenticateClient, parts.exchange),
    revoke: revokeRoute(authenticateClient, parts.revokeOwnToken, nameRevoked),
    introspect: introspectRoute(authenticateClient, introspect),
    jwks: jwksRoute(() => state.keys.ring().publicJwks(), parts.jwksMaxAge),
    metadata: metadataRoute({ issuer, grantTypes: parts.grantTypes }),
    userinfo: [bearer(undefined), userinfoRoute(createUserClaims(stores.users, state.adoption.isAdopted))],
    snapshot: [bearer('revocation_feed'), revocationSnapshotRoute(state.feed)],
    changes: [bearer('revocation_feed'), revocationChangesRoute(state.feed)],
    digests: [bearer('revocation_feed'), revocationDigestsRoute(state.feed)],
    revokedJwt: composeRevokedJwt(settings, resources, parts),
    readiness: readinessRoute(parts.readiness),
    metrics: metricsRoute(parts.metrics.render),
    openApi: openApiRoute(parts.version),
    apis: composeApis(resources, { ...parts, bearer }),
  }
  return createApp(routes, around, { metadataPaths: metadataPaths(issuer), behindTlsProxy: server.behindTlsProxy })
}
