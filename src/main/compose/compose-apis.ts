import type { Api } from '../../http/api.js'
import { createErrorResponse } from '../../http/error-response.js'
import { readJson } from '../../http/json-body.js'
import { adminRevocationsRoute } from '../../http/routes/admin-revocations-route.js'
import { createRevocationRequest } from '../../revocations/request-revocation.js'
import type { Resources } from '../resources.js'
import type { ApiParts } from './api-parts.js'
import { composePortal } from './compose-portal.js'
import { composeRegistration } from './compose-registration.js'

/** What operators and developers may do over HTTP. */
export function composeApis(resources: Resources, parts: ApiParts): readonly Api[] {
  return [composeAdmin(parts), composeRegistration(parts), composePortal(resources, parts)]
}

function composeAdmin({ operations, bearer, events }: ApiParts): Api {
  const { users, clients, keys, revoke } = operations
  const requestRevocation = createRevocationRequest({
    getUser: (nameOrId) => users.get(nameOrId),
    getClient: (id) => clients.get(id),
    revokeKey: (id) => keys.revoke(id),
    record: revoke,
  })
  const revocations = [bearer('jeton:admin'), readJson, adminRevocationsRoute(requestRevocation)]
  return { endpoints: [{ path: '/admin/v1/revocations', methods: { POST: revocations } }], errorResponse: createErrorResponse(events) }
}
