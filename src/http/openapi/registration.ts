import { answer, bearer, empty, flag, inPath, instant, jsonBody, object, oneOf, type Piece, ref, refusals, text, texts, whole } from './notation.js'

const ERROR = 'OAuthError'
const REGISTER = '/api/identity/oauth2/dcr/v1.1/register'
const forRegistration = (method: string) => bearer('apim:app_manage', 'apim:admin', `internal_dcr_${method}`)

export const REGISTRATION_PATHS: Piece = {
  [REGISTER]: {
    post: {
      summary: 'Register a client (RFC 7591)',
      security: forRegistration('create'),
      requestBody: jsonBody('ClientMetadata'),
      responses: { 201: answer('The client, with its secret this once.', ref('RegisteredClient')), ...refusals(ERROR, 400, 401, 403, 413, 415, 503) },
    },
  },
  [`${REGISTER}/{client_id}`]: {
    parameters: [inPath('client_id')],
    get: {
      summary: 'Read a client (RFC 7592 §2.1)',
      security: forRegistration('view'),
      responses: { 200: answer('The client.', ref('RegisteredClient')), ...refusals(ERROR, 400, 401, 403, 404, 503) },
    },
    put: {
      summary: 'Change a client (RFC 7592 §2.2); what is not named stays',
      security: forRegistration('update'),
      requestBody: jsonBody('ClientMetadata'),
      responses: { 200: answer('The client.', ref('RegisteredClient')), ...refusals(ERROR, 400, 401, 403, 404, 413, 415, 503) },
    },
    delete: {
      summary: 'Delete a client (RFC 7592 §2.3)',
      security: forRegistration('delete'),
      responses: { 204: empty('It is gone, and what it held is refused.'), ...refusals(ERROR, 400, 401, 403, 404, 503) },
    },
  },
}

const METADATA: Piece = {
  client_name: { ...text, maxLength: 255 },
  grant_types: texts,
  redirect_uris: { ...texts, description: 'Exact: https, http of the loopback address, or a private-use scheme (RFC 8252 §7)' },
  scope: text,
  token_endpoint_auth_method: oneOf('client_secret_basic', 'client_secret_post', 'none'),
  token_type_extension: oneOf('JWT', 'Default'),
  ext_public_client: flag,
  ext_application_token_lifetime: { ...whole, minimum: 0, description: 'Seconds; 0: the setting of the server' },
  ext_user_token_lifetime: { ...whole, minimum: 0 },
  ext_refresh_token_lifetime: { ...whole, minimum: 0 },
}

export const REGISTRATION_SCHEMAS: Piece = {
  ClientMetadata: object({ ...METADATA, client_id: { ...text, description: 'Where a client is changed: its own' }, client_secret: text }),
  RegisteredClient: object(
    { ...METADATA, client_id: text, client_id_issued_at: instant, client_secret: text, client_secret_expires_at: instant, response_types: texts },
    ['client_id', 'client_id_issued_at', 'client_name', 'grant_types', 'redirect_uris', 'scope', 'token_endpoint_auth_method'],
  ),
}
