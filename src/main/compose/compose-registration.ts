import { matchesClientSecret } from '../../clients/client-secret.js'
import { createClientRegistration } from '../../clients/register-client.js'
import { createSelfServiceRules } from '../../clients/self-service-rules.js'
import type { Api } from '../../http/api.js'
import { createErrorResponse } from '../../http/error-response.js'
import { readJson } from '../../http/json-body.js'
import { registerClientRoutes, registrationForm } from '../../http/routes/register-client-routes.js'
import type { Client } from '../../model/client.js'
import type { ApiParts } from './api-parts.js'

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'

/** Any of WSO2's scopes: of its portal for everything, of its Identity Server for one method. */
const forRegistration = (method: 'create' | 'view' | 'update' | 'delete') => ['apim:app_manage', 'apim:admin', `internal_dcr_${method}`]

export function composeRegistration({ operations, state, bearer, events, grantTypes }: ApiParts): Api {
  const assertAllowed = createSelfServiceRules(grantTypes)
  const matchesSecret = ({ secretHash }: Client, given: string): boolean => matchesClientSecret(given, secretHash, state.keys.ring().secret())
  const { register, read, replace, remove } = registerClientRoutes(
    createClientRegistration({ registry: operations.clients, assertAllowed, grantTypes, matchesSecret }),
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
