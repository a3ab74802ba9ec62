import { duration, durationMs, trueOrFalse, wholeNumber } from '../kinds.js'
import { key } from './key.js'

export const LIFETIME_KEYS = {
  applicationAccessToken: key({
    path: 'oauth.token_validation.app_access_token_validity',
    kind: duration('1s'),
    byDefault: '1h',
    about: 'How long an access token of an application lives.',
  }),
  userAccessToken: key({
    path: 'oauth.token_validation.user_access_token_validity',
    kind: duration('1s'),
    byDefault: '1h',
    about: 'How long an access token of a user lives.',
  }),
  refreshToken: key({
    path: 'oauth.token_validation.refresh_token_validity',
    kind: duration('1s'),
    byDefault: '1d',
    about: 'How long a refresh token lives.',
  }),
  authorizationCode: key({
    path: 'oauth.token_validation.authorization_code_validity',
    kind: duration('1s', '1h'),
    byDefault: '5m',
    about: 'How long an authorization code lives.',
    notice: 'not in effect yet: authorization codes come with a later release',
  }),
}

export const RENEWAL_KEYS = {
  renewRefreshToken: key({
    path: 'oauth.token_renewal.renew_refresh_token',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether a refresh gives a new refresh token. false: confidential clients keep theirs; public ones always get a new one.',
  }),
  extendRefreshTokenExpiry: key({
    path: 'oauth.extend_refresh_token_expiry_time_on_renewal',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether a renewed refresh token lives a full lifetime again. false: the first expiry stays.',
  }),
  grace: key({
    path: 'oauth.token_renewal.refresh_grace',
    kind: duration('0s', '1h'),
    byDefault: '10s',
    about: 'How long after a refresh the spent refresh token still gives the same successor.',
  }),
  graceReuse: key({
    path: 'oauth.token_renewal.refresh_grace_reuse',
    kind: wholeNumber(0, 1000),
    byDefault: 5,
    about: 'How often it does so.',
  }),
  maxQueue: key({
    path: 'oauth.token_renewal.max_queue',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 2_000,
    about: 'How many refreshes may wait for their commit before the next gets 503.',
  }),
}

export const REVOCATION_KEYS = {
  pollInterval: key({
    path: 'revocation.poll_interval',
    kind: durationMs('50ms', '1s'),
    byDefault: '500ms',
    about: 'How often a node asks the database for new revocations: how long a revoked token can still be accepted.',
  }),
  maxStaleness: key({
    path: 'revocation.max_staleness',
    kind: duration('1s', '1d'),
    byDefault: '5m',
    about: 'How long a node goes on validating and issuing without the database before it answers 503.',
  }),
  maxClockSkew: key({
    path: 'revocation.max_clock_skew',
    kind: duration('0s', '5m'),
    byDefault: '5s',
    about: "How far the clock of a node may be from the database's. Cut-offs reach that much further.",
  }),
  keepAfterExpiry: key({
    path: 'revocation.keep_after_expiry',
    kind: duration('0s', '30d'),
    byDefault: '10m',
    about: 'How long a revocation is kept after the last token it can hit has expired. At least max_clock_skew.',
  }),
  maxQueue: key({
    path: 'revocation.max_queue',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 10_000,
    about: 'How many revocations may wait for their commit before the next gets 503.',
  }),
  perClientRate: key({
    path: 'revocation.per_client_rate',
    kind: wholeNumber(0, 1_000_000),
    byDefault: 100,
    about: 'Revocations a second, in the long run, of one client of its own tokens, at each process; more get 429. 0: no limit.',
  }),
  perClientBurst: key({
    path: 'revocation.per_client_burst',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 5000,
    about: 'How many of them at once, by a client that has rested. Below max_queue no client alone fills the queue.',
    notice: 'without effect, since revocation.per_client_rate is 0',
  }),
}
