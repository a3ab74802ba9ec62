import { createApplicationRegistry } from '../../applications/manage-applications.js'
import { type ApplicationKeysNeeds, createApplicationKeys } from '../../applications/manage-keys.js'
import { hashClientSecret, matchesClientSecret } from '../../clients/client-secret.js'
import { createClientMaker } from '../../clients/make-client.js'
import { createSelfServiceRules } from '../../clients/self-service-rules.js'
import type { Api, Endpoint } from '../../http/api.js'
import { createErrorResponse } from '../../http/error-response.js'
import { readJson } from '../../http/json-body.js'
import { type ApplicationKeysRoutes, applicationKeysRoutes } from '../../http/routes/application-keys-routes.js'
import { type ApplicationsRoutes, applicationsRoutes } from '../../http/routes/applications-routes.js'
import { portalForm } from '../../http/routes/portal-form.js'
import type { Resources } from '../resources.js'
import { createAfterChange } from './after-change.js'
import type { ApiParts, RequireScope } from './api-parts.js'

const PORTAL = '/api/am/devportal/v3'
const APPLICATION = `${PORTAL}/applications/:applicationId`
const KEY = `${APPLICATION}/oauth-keys/:keyMappingId`

/** WSO2's scopes of its portal: to look and to use keys, and to manage. */
const USING = ['apim:subscribe', 'apim:app_manage', 'apim:admin']
const MANAGING = ['apim:app_manage', 'apim:admin']

/** WSO2's portal API, as far as it is about applications. */
export function composePortal(resources: Resources, parts: ApiParts): Api {
  const { bearer, state, events } = parts
  const { applications } = resources.stores
  const afterChange = createAfterChange(state, resources, events)('clients')
  const registry = createApplicationRegistry({
    applications,
    nameOf: async ({ subject }) => (await state.usernames.find(subject)) ?? subject,
    async afterChange(entries) {
      for (const entry of entries.length === 0 ? [undefined] : entries) await afterChange(entry)
    },
  })
  const keys = createApplicationKeys({ registry, applications, ...clientsOfKeys(resources, parts), afterChange: () => afterChange(undefined) })
  return {
    endpoints: [...applicationEndpoints(applicationsRoutes(registry, PORTAL), bearer), ...keyEndpoints(applicationKeysRoutes(keys), bearer)],
    errorResponse: createErrorResponse(events, portalForm),
  }
}

type ClientNeeds = Omit<ApplicationKeysNeeds, 'registry' | 'applications' | 'afterChange'>

/** What applications ask of clients and tokens. */
function clientsOfKeys({ stores, clock }: Resources, { operations, state, exchange, revokeToken, grantTypes }: ApiParts): ClientNeeds {
  const { clients } = operations
  const secret = () => state.keys.ring().secret()
  const make = createClientMaker({ hashSecret: (value) => hashClientSecret(value, secret()), clock })
  const assertAllowed = createSelfServiceRules(grantTypes)
  return {
    makeClient(caller, { owner, ...wanted }) {
      assertAllowed(caller, wanted)
      return make({ ...wanted, ...(owner !== undefined && { owner }) })
    },
    findClient: (id) => stores.clients.find(id),
    async updateClient(caller, id, change) {
      assertAllowed(caller, change, await clients.get(id))
      return clients.update(id, change)
    },
    regenerateSecret: (id) => clients.regenerateSecret(id),
    matchesSecret: ({ secretHash }, given) => matchesClientSecret(given, secretHash, secret()),
    issueToken(client, { scope, address }) {
      const parameters = new Map([['grant_type', 'client_credentials'], ...(scope === undefined ? [] : [['scope', scope] as const])])
      return exchange({ client, parameters, resources: [], address })
    },
    revokeToken,
  }
}

function applicationEndpoints({ list, create, read, replace, remove }: ApplicationsRoutes, bearer: RequireScope): readonly Endpoint[] {
  const [use, manage] = [bearer(USING), bearer(MANAGING)]
  return [
    { path: `${PORTAL}/applications`, methods: { GET: [use, list], POST: [manage, readJson, create] } },
    { path: APPLICATION, methods: { GET: [use, read], PUT: [manage, readJson, replace], DELETE: [manage, remove] } },
  ]
}

function keyEndpoints({ generate, list, read, replace, ...verbs }: ApplicationKeysRoutes, bearer: RequireScope): readonly Endpoint[] {
  const use = bearer(USING)
  return [
    { path: `${APPLICATION}/generate-keys`, methods: { POST: [use, readJson, generate] } },
    { path: `${APPLICATION}/oauth-keys`, methods: { GET: [use, list] } },
    { path: KEY, methods: { GET: [use, read], PUT: [bearer(MANAGING), readJson, replace] } },
    { path: `${KEY}/regenerate-secret`, methods: { POST: [use, verbs.regenerateSecret] } },
    { path: `${KEY}/generate-token`, methods: { POST: [use, readJson, verbs.generateToken] } },
  ]
}
