import { BINARY_TYPE } from '../../verification/binary-snapshot.js'
import { answer, bearer, inQuery, instant, jsonBody, listOf, object, oneOf, type Piece, ref, refusals, text, whole } from './notation.js'

const ERROR = 'OAuthError'

const ready = object({ status: oneOf('ok', 'degraded', 'unavailable'), database: oneOf('up', 'down'), redis: oneOf('up', 'down', 'none') }, [
  'status',
  'database',
  'redis',
])

/** What gateways, probes and operators ask. */
export const OPERATION_PATHS: Piece = {
  '/revocations/snapshot': {
    get: {
      summary: 'Every revocation that is in force, as JSON, as lines of it, or in the compact form',
      security: bearer('revocation_feed'),
      responses: {
        200: {
          description: 'From memory, with an ETag and signed.',
          headers: { 'Jeton-Signature': { schema: text, description: 'A JWS with detached content (RFC 7515 appendix F).' } },
          content: {
            'application/json': { schema: ref('RevocationSnapshot') },
            'application/x-ndjson': { schema: text },
            [BINARY_TYPE]: { schema: { type: 'string', format: 'binary' } },
          },
        },
        304: { description: 'Nothing has changed.' },
        ...refusals(ERROR, 400, 401, 403, 406, 503),
      },
    },
  },
  '/revocations/changes': {
    get: {
      summary: 'Revocations as they come: events, or one answer where `wait` is given',
      security: bearer('revocation_feed'),
      parameters: [inQuery('since', text), inQuery('wait', { type: 'integer', minimum: 1, maximum: 30 })],
      responses: {
        200: {
          description: 'What came after `since`.',
          content: { 'text/event-stream': { schema: text }, 'application/json': { schema: ref('RevocationChanges') } },
        },
        410: answer('The history before that is gone: begin with a snapshot.', object({ error: oneOf('resync') }, ['error'])),
        ...refusals(ERROR, 400, 401, 403, 503),
      },
    },
  },
  '/revocations/digests': {
    get: {
      summary: 'What the log of revocations adds up to, by the hour in which they expire',
      security: bearer('revocation_feed'),
      responses: { 200: answer('As it is now.', ref('RevocationDigests')), ...refusals(ERROR, 400, 401, 403, 503) },
    },
  },
  '/internal/data/v1/revokedjwt': {
    get: {
      summary: "What is revoked, for a gateway of WSO2's API Manager that starts; 404 where no gateway is configured",
      security: [{ client: [] }],
      parameters: [inQuery('limit', { type: 'integer', minimum: 1, maximum: 100_000 }), inQuery('after', whole)],
      responses: {
        200: {
          description: 'All of it, or a page where `limit` is given.',
          headers: { Link: { schema: text, description: 'Where the next page is (RFC 8288).' } },
          content: { 'application/json': { schema: { oneOf: [ref('RevokedEvents'), listOf(ref('RevokedToken'))] } } },
        },
        ...refusals(ERROR, 400, 401, 404, 429, 503),
      },
    },
  },
  '/admin/v1/revocations': {
    post: {
      summary: 'Revoke by kind and id, as `jeton revoke` does',
      security: bearer('jeton:admin'),
      requestBody: jsonBody('WantedRevocation'),
      responses: { 200: answer('Revoked for good.', ref('RevocationReceipt')), ...refusals(ERROR, 400, 401, 403, 404, 409, 413, 415, 503) },
    },
  },
  '/healthz': { get: { summary: 'Whether the process lives', responses: { 200: answer('It does.', object({ status: oneOf('ok') }, ['status'])) } } },
  '/readyz': {
    get: { summary: 'Whether to send requests here', responses: { 200: answer('Yes.', ready), 503: answer('No.', ready) } },
  },
  '/metrics': { get: { summary: 'Metrics in the text format of Prometheus', responses: { 200: answer('Metrics.', text, 'text/plain') } } },
  '/openapi.json': {
    get: { summary: 'This document', responses: { 200: answer('OpenAPI 3.1.', { type: 'object', additionalProperties: true }) } },
  },
}

const kind = oneOf('token', 'grant', 'subject', 'client', 'key', 'all')
const PLACE = { epoch: text, seq: whole }
/** By bucket. */
const SUMS = { from_bucket: whole, digests: { type: 'object', additionalProperties: text } }

/** Milliseconds. */
const REVOKED_AT = { revocation_time: whole, organization: text }

export const OPERATION_SCHEMAS: Piece = {
  Revocation: object({ seq: whole, kind, id: text, cutoff: instant, expires: instant, client: text }, ['seq', 'kind', 'expires']),
  RevocationSnapshot: object({ ...PLACE, ...SUMS, generated_at: { type: 'number' }, entries: listOf(ref('Revocation')) }, [
    'epoch',
    'seq',
    'entries',
  ]),
  RevocationChanges: object(
    {
      ...PLACE,
      confirmed_at: { type: 'number' },
      time: { type: 'number' },
      from_bucket: whole,
      digest: text,
      signature: text,
      entries: listOf(ref('Revocation')),
    },
    ['epoch', 'seq', 'entries'],
  ),
  RevocationDigests: object({ ...PLACE, ...SUMS }, ['epoch', 'seq', 'from_bucket', 'digests']),
  RevokedToken: object({ jwt_signature: text, expiry_time: whole }, ['jwt_signature', 'expiry_time']),
  RevokedEvents: object(
    {
      revokedJWTList: listOf(ref('RevokedToken')),
      revokedJWTSubjectEntityList: listOf(
        object({ entity_id: text, entity_type: oneOf('USER_ID', 'CLIENT_ID'), ...REVOKED_AT }, ['entity_id', 'entity_type']),
      ),
      revokedJWTConsumerKeyList: listOf(object({ consumer_key: text, ...REVOKED_AT }, ['consumer_key'])),
    },
    ['revokedJWTList', 'revokedJWTSubjectEntityList', 'revokedJWTConsumerKeyList'],
  ),
  WantedRevocation: object(
    {
      kind: oneOf('token', 'grant', 'subject', 'user', 'client', 'key', 'all'),
      id: { type: ['string', 'null'], description: 'jti, grant_id, user id or name, client_id or kid; none for all' },
    },
    ['kind'],
  ),
  RevocationReceipt: object({ kind, id: { type: ['string', 'null'] }, seq: whole, cutoff: { type: ['integer', 'null'] }, expires: instant }, [
    'kind',
    'id',
    'seq',
    'cutoff',
    'expires',
  ]),
}
