import {
  answer,
  bearer,
  client,
  empty,
  flag,
  formBody,
  instant,
  listOf,
  object,
  oneOf,
  type Piece,
  ref,
  refusals,
  text,
  texts,
  whole,
} from './notation.js'

const ERROR = 'OAuthError'

const token: Piece = {
  post: {
    summary: 'Get tokens (RFC 6749 §3.2)',
    security: client,
    requestBody: formBody('TokenRequest'),
    responses: { 200: answer('Tokens.', ref('TokenResponse')), ...refusals(ERROR, 400, 401, 413, 415, 429, 503) },
  },
}

const revoke: Piece = {
  post: {
    summary: 'Revoke a token (RFC 7009): an access token alone, with a refresh token its whole grant',
    security: client,
    requestBody: formBody('RevocationRequest'),
    responses: {
      200: empty('Revoked for good, or there was nothing to revoke.'),
      ...refusals(ERROR, 400, 401, 413, 415, 503),
      429: answer(
        'Authentication has failed too often, or the client has revoked too much: nothing was revoked; try again after Retry-After.',
        ref(ERROR),
      ),
    },
  },
}

const introspect: Piece = {
  post: {
    summary: 'Ask about a token (RFC 7662)',
    security: client,
    requestBody: formBody('IntrospectionRequest'),
    responses: { 200: answer('What is known of it.', ref('Introspection')), ...refusals(ERROR, 400, 401, 413, 415, 429, 503) },
  },
}

const metadata: Piece = {
  get: { summary: 'Metadata of the server (RFC 8414 §3)', responses: { 200: answer('Endpoints and what they take.', ref('Metadata')) } },
}

export const OAUTH_PATHS: Piece = {
  '/oauth2/token': token,
  '/token': token,
  '/oauth2/revoke': revoke,
  '/revoke': revoke,
  '/oauth2/introspect': introspect,
  '/oauth2/jwks': { get: { summary: 'Public keys of access tokens (RFC 7517 §5)', responses: { 200: answer('A key set.', ref('KeySet')) } } },
  '/oauth2/userinfo': {
    get: {
      summary: 'Who the user behind a token is (OpenID Connect Core §5.3)',
      security: bearer('openid'),
      responses: {
        200: answer('The user.', object({ sub: text, preferred_username: text }, ['sub', 'preferred_username'])),
        ...refusals(ERROR, 400, 401, 403, 503),
      },
    },
  },
  '/.well-known/oauth-authorization-server': metadata,
  '/.well-known/openid-configuration': metadata,
}

const CREDENTIALS = { client_id: text, client_secret: text }

export const OAUTH_SCHEMAS: Piece = {
  OAuthError: {
    ...object({ error: text, error_description: text }, ['error', 'error_description']),
    description: 'RFC 6749 §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2',
  },
  TokenRequest: object(
    {
      grant_type: text,
      scope: text,
      resource: { ...texts, description: 'RFC 8707 §2; the only parameter that may stand more than once' },
      refresh_token: text,
      username: text,
      password: text,
      ...CREDENTIALS,
    },
    ['grant_type'],
  ),
  TokenResponse: object({ access_token: text, token_type: oneOf('Bearer'), expires_in: whole, scope: text, refresh_token: text }, [
    'access_token',
    'token_type',
    'expires_in',
    'scope',
  ]),
  RevocationRequest: object({ token: text, token_type_hint: text, ...CREDENTIALS }, ['token']),
  IntrospectionRequest: object({ token: text, token_type_hint: text, ...CREDENTIALS }, ['token']),
  Introspection: {
    ...object(
      {
        active: flag,
        iss: text,
        sub: text,
        aud: { type: ['string', 'array'], items: text },
        client_id: text,
        username: text,
        scope: text,
        exp: instant,
        iat: instant,
        jti: text,
        token_type: text,
        aut: oneOf('APPLICATION', 'APPLICATION_USER'),
        grant_id: text,
      },
      ['active'],
    ),
    description: 'Of a token that is no good, or not for whoever asks: {"active":false} and nothing else.',
  },
  KeySet: object({ keys: listOf(ref('PublicKey')) }, ['keys']),
  PublicKey: {
    type: 'object',
    description: 'RFC 7517 §4',
    properties: { kty: text, kid: text, use: text, alg: text },
    required: ['kty', 'kid'],
    additionalProperties: true,
  },
  Metadata: {
    type: 'object',
    description: 'RFC 8414 §2',
    properties: { issuer: text, token_endpoint: text },
    required: ['issuer', 'token_endpoint'],
    additionalProperties: true,
  },
}
