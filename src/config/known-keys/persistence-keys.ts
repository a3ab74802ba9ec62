import { duration, texts, trueOrFalse } from '../kinds.js'
import { key } from './key.js'

const NOT_STORED = 'no effect with oauth.token_persistence.enable = false: every request gets new tokens'

/** What is stored of tokens, and what becomes of it. */
export const PERSISTENCE_KEYS = {
  enable: key({
    path: 'oauth.token_persistence.enable',
    kind: trueOrFalse,
    byDefault: false,
    about:
      'Whether the tokens of JWT applications are stored: of an access token its jti, of a refresh token its hash. Those of OAUTH applications always are.',
  }),
  tokenBinding: key({
    path: 'oauth.token_binding.enable',
    kind: trueOrFalse,
    byDefault: false,
    about:
      'Token binding. Needs stored tokens, so it cannot be on while oauth.token_persistence.enable is false; with stored tokens it comes with a later release.',
  }),
  hashTokens: key({
    path: 'oauth.hash_tokens_and_secrets',
    kind: trueOrFalse,
    byDefault: true,
    about:
      'Whether opaque tokens are stored as hashes only. false, with stored tokens: an OAUTH application that asks again gets its active tokens again. Client secrets are always hashed.',
  }),
  renewAccessTokenPerRequest: key({
    path: 'oauth.token_renewal.renew_access_token_per_request',
    kind: trueOrFalse,
    byDefault: false,
    about:
      'Whether an OAUTH application whose tokens are stored in clear gets new tokens with each request too. Without oauth.token_persistence every request does.',
    notice: NOT_STORED,
  }),
  renewBeside: key({
    path: 'oauth.jwt.renew_token_without_revoking_existing.enable',
    kind: trueOrFalse,
    byDefault: false,
    about:
      'Whether JWT applications get their tokens beside those that they have, which then stay good. Without oauth.token_persistence it is always so.',
    notice: NOT_STORED,
  }),
  besideGrantTypes: key({
    path: 'oauth.jwt.renew_token_without_revoking_existing.allowed_grant_types',
    kind: texts,
    byDefault: ['client_credentials'],
    about: 'For which grants.',
    notice: NOT_STORED,
  }),
  cleanup: key({
    path: 'oauth.token_cleanup.enable',
    kind: trueOrFalse,
    byDefault: true,
    about:
      'Whether a stored token leaves its table when it is replaced, refreshed or revoked, in the same transaction. false: it stays there until it has expired.',
  }),
  retainForAudit: key({
    path: 'oauth.token_cleanup.retain_access_tokens_for_auditing',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether it goes to the audit table then; false: it is deleted.',
  }),
  auditRetention: key({
    path: 'oauth.token_cleanup.audit_retention',
    kind: duration('1m'),
    byDefault: '90d',
    about: 'How long the audit table keeps it.',
  }),
}
