import type { Api } from '../../http/api.js'
import type { Handler } from '../../http/create-app.js'
import { createErrorResponse } from '../../http/error-response.js'
import { readJson } from '../../http/json-body.js'
import { adminRevocationsRoute } from '../../http/routes/admin-revocations-route.js'
import { createRevocationRequest } from '../../revocations/request-revocation.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Operations } from '../commands/operations.js'

/** Lets pass who shows a token with this scope, or with one of these. */
export type RequireScope = (scope: string | readonly string[] | undefined) => Handler

export interface ApiParts {
  readonly bearer: RequireScope
  readonly events: EventSink
}

/** What operators and developers may do over HTTP. */
export function composeApis(operations: Operations, { bearer, events }: ApiParts): readonly Api[] {
  return [composeAdmin(operations, { bearer, events })]
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
