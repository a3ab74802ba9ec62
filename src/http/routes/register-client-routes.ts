import type { RequestHandler, Response } from 'express'
import type { ClientRegistration, WantedRegistration } from '../../clients/register-client.js'
import { OAuthError } from '../../errors/oauth-error.js'
import type { Client } from '../../model/client.js'
import { formatScopes } from '../../model/scope.js'
import { sendEmpty, sendJson } from '../answer.js'
import { claimsOf } from '../bearer.js'
import { jsonOf } from '../json-body.js'
import type { JsonFields } from '../json-fields.js'
import { asDescription, type RefusalForm } from '../refusal.js'

/** Steps for POST /register and for GET, PUT, DELETE /register/{client_id}. */
export interface RegisterClientRoutes {
  readonly register: RequestHandler
  readonly read: RequestHandler
  readonly replace: RequestHandler
  readonly remove: RequestHandler
}

const AUTHENTICATION_METHODS: readonly string[] = ['client_secret_basic', 'client_secret_post', 'none']

/** RFC 7591 §3, RFC 7592 §2, at WSO2's path and with its `ext_…` fields. */
export function registerClientRoutes(registration: ClientRegistration): RegisterClientRoutes {
  return {
    async register(_request, response) {
      const { client, secret } = await registration.register(claimsOf(response), readMetadata(response))
      // RFC 7591 §3.2.1: 0 is never. The only answer that holds a secret.
      const given = secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }
      sendJson(response, { ...describeClient(client), ...given }, { status: 201 })
    },
    async read(request, response) {
      sendJson(response, describeClient(await registration.read(claimsOf(response), String(request.params.client_id))))
    },
    async replace(request, response) {
      sendJson(response, describeClient(await registration.replace(claimsOf(response), String(request.params.client_id), readMetadata(response))))
    },
    async remove(request, response) {
      await registration.remove(claimsOf(response), String(request.params.client_id))
      sendEmpty(response, { status: 204 })
    },
  }
}

/** RFC 7591 §3.2.2. */
export const registrationForm: RefusalForm = ({ status, code, description }) => ({
  error: status !== 400 ? wordOf(status, code) : code === 'invalid_redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata',
  error_description: asDescription(description),
})

const wordOf = (status: number, code: string): string => (status === 404 ? 'not_found' : status === 409 ? 'conflict' : code)

/** Every field that is not read here is one that this server does not understand (RFC 7591 §2), such as an owner. */
function readMetadata(response: Response): WantedRegistration {
  const body = jsonOf(response)
  refuseChosenCredentials(body)
  const [name, scopes, clientId, clientSecret] = ['client_name', 'scope', 'client_id', 'client_secret'].map((field) => body.text(field))
  const [grantTypes, redirectUris] = [body.texts('grant_types'), body.texts('redirect_uris')]
  const [tokenType, isPublic, lifetimes] = [readTokenType(body), readIsPublic(body), readLifetimes(body)]
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes }),
    ...(clientId !== undefined && { clientId }),
    ...(clientSecret !== undefined && { clientSecret }),
    ...(grantTypes && { grantTypes }),
    ...(redirectUris && { redirectUris }),
    ...(tokenType !== undefined && { tokenType }),
    ...(isPublic !== undefined && { isPublic }),
    lifetimes,
  }
}

function refuseChosenCredentials(body: JsonFields): void {
  if (body.text('ext_param_client_id') !== undefined || body.text('ext_param_client_secret') !== undefined)
    throw new OAuthError('invalid_request', 'client_id and client_secret are not to be chosen')
}

function readTokenType(body: JsonFields): string | undefined {
  const tokenType = body.text('token_type_extension')
  return tokenType === 'Default' ? 'OAUTH' : tokenType
}

function readIsPublic(body: JsonFields): boolean | undefined {
  const [method, isPublic] = [body.text('token_endpoint_auth_method'), body.flag('ext_public_client')]
  if (method === undefined) return isPublic
  if (!AUTHENTICATION_METHODS.includes(method))
    throw new OAuthError('invalid_request', `token_endpoint_auth_method is ${AUTHENTICATION_METHODS.join(', ')}`)
  if (isPublic !== undefined && isPublic !== (method === 'none'))
    throw new OAuthError('invalid_request', 'token_endpoint_auth_method and ext_public_client contradict each other')
  return method === 'none'
}

function readLifetimes(body: JsonFields) {
  const [applicationAccessToken, userAccessToken, refreshToken] = [
    'ext_application_token_lifetime',
    'ext_user_token_lifetime',
    'ext_refresh_token_lifetime',
  ].map((field) => body.wholeNumber(field))
  return {
    ...(applicationAccessToken !== undefined && { applicationAccessToken }),
    ...(userAccessToken !== undefined && { userAccessToken }),
    ...(refreshToken !== undefined && { refreshToken }),
  }
}

function describeClient({ id, name, grantTypes, redirectUris, scopes, secretHash, tokenType, createdAt, lifetimes = {} }: Client) {
  return {
    client_id: id,
    client_id_issued_at: createdAt,
    client_name: name,
    grant_types: grantTypes,
    redirect_uris: redirectUris,
    response_types: [],
    scope: formatScopes(scopes),
    token_endpoint_auth_method: secretHash === undefined ? 'none' : 'client_secret_basic',
    token_type_extension: tokenType === 'OAUTH' ? 'Default' : 'JWT',
    ext_public_client: secretHash === undefined,
    ext_application_token_lifetime: lifetimes.applicationAccessToken,
    ext_user_token_lifetime: lifetimes.userAccessToken,
    ext_refresh_token_lifetime: lifetimes.refreshToken,
  }
}
