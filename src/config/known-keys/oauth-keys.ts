import { optional } from '../kind.js'
import { duration, durationMs, oneOf, trueOrFalse, wholeNumber } from '../kinds.js'
import { defaultAudience, issuerNames, issuerUrl, tokenIssuer } from '../special-kinds.js'
import { key, LATER, only } from './key.js'

export const OAUTH_KEYS = {
  issuer: key({
    path: 'oauth.issuer',
    kind: optional(issuerUrl),
    defaultIs: 'http://localhost:<port>',
    about: 'The issuer that tokens name, and under which the metadata is published (RFC 8414).',
  }),
  adoptedIssuers: key({
    path: 'oauth.adopted.issuers',
    kind: issuerNames,
    byDefault: [],
    about: 'The iss of another server\'s JWTs that go on here, besides this server\'s own; its keys come by "jeton keys import --verify-only".',
  }),
  defaultAudience: key({
    path: 'oauth.default_audience',
    kind: defaultAudience,
    byDefault: 'issuer',
    about: 'What aud holds where neither the request nor the application names an audience; "client_id" is what WSO2 does.',
  }),
  passwordGrant: key({
    path: 'oauth.grant_type.password.enable',
    kind: trueOrFalse,
    byDefault: false,
    about: 'Whether the password grant is served at all (RFC 9700 section 2.4 advises against it).',
  }),
  clientCredentialsGrant: key({
    path: 'oauth.grant_type.client_credentials.enable',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether the client credentials grant is served.',
  }),
  clientCredentialsRefresh: key({
    path: 'oauth.grant_type.client_credentials.allow_refresh_tokens',
    kind: trueOrFalse,
    byDefault: false,
    about:
      'Whether client credentials give a refresh token too (RFC 6749 section 4.4.3 advises against it). The built-in default, used where there is no file, sets it.',
  }),
  refreshTokenGrant: key({
    path: 'oauth.grant_type.refresh_token.enable',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether refresh tokens are given and taken.',
  }),
  authorizationCodeGrant: key({
    path: 'oauth.grant_type.authorization_code.enable',
    kind: trueOrFalse,
    byDefault: false,
    about: 'The authorization code grant comes with a later release.',
    refuses: only(false, `the authorization code grant ${LATER}`),
  }),
  revokedTokenHeaders: key({
    path: 'oauth.revoked_token_headers_in_response.enable',
    kind: trueOrFalse,
    byDefault: false,
    about: 'Whether the revocation endpoint names what it has revoked in the headers RevokedAccessToken or RevokedRefreshToken, and AuthorizedUser.',
  }),
  tokenTypeName: key({
    path: 'oauth.extensions.token_types[].name',
    kind: oneOf('JWT'),
    byDefault: 'JWT',
    about: 'The token type whose issuer is named. There is this one, for all applications that have it.',
  }),
  tokenTypeIssuer: key({
    path: 'oauth.extensions.token_types[].issuer',
    kind: tokenIssuer,
    byDefault: 'jwt',
    about: 'What makes its tokens. A module of your own adds claims; a relative path starts at the folder of this file. See docs/own-issuers.md.',
  }),
  tokenTypeClaimsTimeout: key({
    path: 'oauth.extensions.token_types[].claims_timeout',
    kind: durationMs('10ms', '30s'),
    byDefault: '1s',
    about: 'How long a module of your own may take for the claims of one token before the request gets server_error.',
    notice: 'no effect with the built-in issuer, which takes no time',
  }),
}

export const RATE_LIMIT_KEYS = {
  enable: key({ path: 'oauth.rate_limit.enable', kind: trueOrFalse, byDefault: true, about: 'Whether repeated failures of authentication get 429.' }),
  perClient: key({
    path: 'oauth.rate_limit.per_client',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 30,
    about: 'Failures per window of one client from one address.',
  }),
  perUser: key({
    path: 'oauth.rate_limit.per_user',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 20,
    about: 'Failures per window of one user name from one address.',
  }),
  perAddress: key({
    path: 'oauth.rate_limit.per_address',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 300,
    about: 'Failures per window from one address, whoever it tries.',
  }),
  window: key({ path: 'oauth.rate_limit.window', kind: duration('1s', '1d'), byDefault: '1m', about: 'The window in which failures are counted.' }),
}
