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
      summary: 'Every revocation that is in force, as JSON or as lines of it',
      security: bearer('revocation_feed'),
      responses: {
        200: {
          description: 'From memory, with an ETag.',
          content: { 'application/json': { schema: ref('RevocationSnapshot') }, 'application/x-ndjson': { schema: text } },
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

export const OPERATION_SCHEMAS: Piece = {
  Revocation: object({ seq: whole, kind, id: text, cutoff: instant, expires: instant }, ['seq', 'kind', 'expires']),
  RevocationSnapshot: object({ ...PLACE, generated_at: { type: 'number' }, entries: listOf(ref('Revocation')) }, ['epoch', 'seq', 'entries']),
  RevocationChanges: object({ ...PLACE, confirmed_at: { type: 'number' }, time: { type: 'number' }, entries: listOf(ref('Revocation')) }, [
    'epoch',
    'seq',
    'entries',
  ]),
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
