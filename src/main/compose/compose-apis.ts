import { matchesClientSecret } from '../../clients/client-secret.js'
import { createClientRegistration } from '../../clients/register-client.js'
import { createSelfServiceRules } from '../../clients/self-service-rules.js'
import type { Api } from '../../http/api.js'
import type { Handler } from '../../http/create-app.js'
import { createErrorResponse } from '../../http/error-response.js'
import { readJson } from '../../http/json-body.js'
import { adminRevocationsRoute } from '../../http/routes/admin-revocations-route.js'
import { registerClientRoutes, registrationForm } from '../../http/routes/register-client-routes.js'
import type { Client } from '../../model/client.js'
import { createRevocationRequest } from '../../revocations/request-revocation.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Operations } from '../commands/operations.js'

/** Lets pass who shows a token with this scope, or with one of these. */
export type RequireScope = (scope: string | readonly string[] | undefined) => Handler

export interface ApiParts {
  readonly bearer: RequireScope
  readonly events: EventSink
  /** Those that the token endpoint offers. */
  readonly grantTypes: readonly string[]
  /** What keys the hashes of client secrets. @throws StoreUnavailable */
  readonly secret: () => Buffer
}

/** What operators and developers may do over HTTP. */
export function composeApis(operations: Operations, parts: ApiParts): readonly Api[] {
  return [composeAdmin(operations, parts), composeRegistration(operations, parts)]
}

function composeAdmin({ users, clients, keys, revoke }: Operations, { bearer, events }: ApiParts): Api {
  const requestRevocation = createRevocationRequest({
    getUser: (nameOrId) => users.get(nameOrId),
    getClient: (id) => clients.get(id),
    revokeKey: (id) => keys.revoke(id),
    record: revoke,
  })
  const revocations = [bearer('jeton:admin'), readJson, adminRevocationsRoute(requestRevocation)]
  return { endpoints: [{ path: '/admin/v1/revocations', methods: { POST: revocations } }], errorResponse: createErrorResponse(events) }
}

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'

/** Any of WSO2's scopes: of its portal for everything, of its Identity Server for one method. */
const forRegistration = (method: 'create' | 'view' | 'update' | 'delete') => ['apim:app_manage', 'apim:admin', `internal_dcr_${method}`]

function composeRegistration({ clients }: Operations, { bearer, events, grantTypes, secret }: ApiParts): Api {
  const assertAllowed = createSelfServiceRules(grantTypes)
  const matchesSecret = ({ secretHash }: Client, given: string): boolean => matchesClientSecret(given, secretHash, secret())
  const { register, read, replace, remove } = registerClientRoutes(
    createClientRegistration({ registry: clients, assertAllowed, grantTypes, matchesSecret }),
  )
  return {
    endpoints: [
      { path: REGISTER, methods: { POST: [bearer(forRegistration('create')), readJson, register] } },
      {
        path: `${REGISTER}/:client_id`,
        methods: {
          GET: [bearer(forRegistration('view')), read],
          PUT: [bearer(forRegistration('update')), readJson, replace],
          DELETE: [bearer(forRegistration('delete')), remove],
        },
      },
    ],
    errorResponse: createErrorResponse(events, registrationForm),
  }
}
