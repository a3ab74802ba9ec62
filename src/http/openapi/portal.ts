import { answer, bearer, empty, inPath, inQuery, jsonBody, oneOf, type Piece, ref, refusals } from './notation.js'

const ERROR = 'PortalError'
const PORTAL = '/api/am/devportal/v3'
const APPLICATION = `${PORTAL}/applications/{applicationId}`
const KEY = `${APPLICATION}/oauth-keys/{keyMappingId}`
const use = bearer('apim:subscribe', 'apim:app_manage', 'apim:admin')
const manage = bearer('apim:app_manage', 'apim:admin')

const refused = (...more: readonly number[]): Piece => refusals(ERROR, 400, 401, 403, ...more, 503)
const number: Piece = { type: 'integer', minimum: 0 }

/** WSO2's portal API, as far as it is about applications. */
export const PORTAL_PATHS: Piece = {
  [`${PORTAL}/applications`]: {
    get: {
      summary: 'List applications',
      security: use,
      parameters: [
        inQuery('query', { type: 'string', description: 'The whole name' }),
        inQuery('sortBy', oneOf('name', 'throttlingPolicy', 'status')),
        inQuery('sortOrder', oneOf('asc', 'desc')),
        inQuery('limit', { ...number, default: 25, description: '500 at most' }),
        inQuery('offset', { ...number, default: 0 }),
      ],
      responses: { 200: answer('A page of them.', ref('ApplicationList')), ...refused() },
    },
    post: {
      summary: 'Create an application',
      security: manage,
      requestBody: jsonBody('WantedApplication'),
      responses: {
        201: { ...answer('The application.', ref('Application')), headers: { Location: { schema: { type: 'string' } } } },
        ...refused(409, 413, 415),
      },
    },
  },
  [APPLICATION]: {
    parameters: [inPath('applicationId')],
    get: { summary: 'Read an application', security: use, responses: { 200: answer('The application.', ref('Application')), ...refused(404) } },
    put: {
      summary: 'Change an application; another tokenType is that of its keys from then on',
      security: manage,
      requestBody: jsonBody('WantedApplication'),
      responses: { 200: answer('The application.', ref('Application')), ...refused(404, 409, 413, 415) },
    },
    delete: {
      summary: 'Delete an application and the clients of its keys',
      security: manage,
      responses: { 200: empty('It is gone, and what its clients held is refused.'), ...refused(404) },
    },
  },
  [`${APPLICATION}/generate-keys`]: {
    parameters: [inPath('applicationId')],
    post: {
      summary: 'Make a client for the application',
      security: use,
      requestBody: jsonBody('WantedKey'),
      responses: { 200: answer('The key, with its secret this once.', ref('ApplicationKey')), ...refused(404, 409, 413, 415) },
    },
  },
  [`${APPLICATION}/oauth-keys`]: {
    parameters: [inPath('applicationId')],
    get: { summary: 'List the keys', security: use, responses: { 200: answer('The keys.', ref('ApplicationKeyList')), ...refused(404) } },
  },
  [KEY]: {
    parameters: [inPath('applicationId'), inPath('keyMappingId')],
    get: { summary: 'Read a key', security: use, responses: { 200: answer('The key.', ref('ApplicationKey')), ...refused(404) } },
    put: {
      summary: 'Change grant types, redirect URIs and lifetimes of a key',
      security: manage,
      requestBody: jsonBody('ChangedKey'),
      responses: { 200: answer('The key.', ref('ApplicationKey')), ...refused(404, 413, 415) },
    },
  },
  [`${KEY}/regenerate-secret`]: {
    parameters: [inPath('applicationId'), inPath('keyMappingId')],
    post: {
      summary: 'Make another secret; the old one, and what was granted with it, is refused',
      security: use,
      responses: { 200: answer('The secret, this once.', ref('NewSecret')), ...refused(404) },
    },
  },
  [`${KEY}/generate-token`]: {
    parameters: [inPath('applicationId'), inPath('keyMappingId')],
    post: {
      summary: 'Get a token for the application itself, by client credentials',
      security: use,
      requestBody: jsonBody('WantedToken'),
      responses: { 200: answer('A token.', ref('ApplicationToken')), ...refused(404, 413, 415) },
    },
  },
}
