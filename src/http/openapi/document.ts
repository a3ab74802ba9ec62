import type { Piece } from './notation.js'
import { OAUTH_PATHS, OAUTH_SCHEMAS } from './oauth.js'
import { OPERATION_PATHS, OPERATION_SCHEMAS } from './operation.js'
import { PORTAL_PATHS } from './portal.js'
import { PORTAL_SCHEMAS } from './portal-schemas.js'
import { REGISTRATION_PATHS, REGISTRATION_SCHEMAS } from './registration.js'

/** What the scopes of this server open. */
const SCOPES = {
  openid: 'who the user is',
  revocation_feed: 'the feed of revocations',
  introspect_any: 'introspection of any token',
  'jeton:admin': 'revocation of anything, and giving clients the scopes of this server',
  'apim:subscribe': 'using own applications',
  'apim:app_manage': 'managing own applications and clients',
  'apim:admin': 'managing all applications and clients',
  internal_dcr_create: 'registering clients',
  internal_dcr_view: 'reading own clients',
  internal_dcr_update: 'changing own clients',
  internal_dcr_delete: 'deleting own clients',
}

/** Every endpoint, as OpenAPI 3.1; an issuer with a path has its metadata in one more place (RFC 8414 §3.1). */
export function openApiDocument(version: string): Piece {
  return {
    openapi: '3.1.0',
    info: { title: 'Jeton', version, license: { name: 'Apache 2.0', identifier: 'Apache-2.0' } },
    paths: { ...OAUTH_PATHS, ...OPERATION_PATHS, ...REGISTRATION_PATHS, ...PORTAL_PATHS },
    components: {
      securitySchemes: {
        token: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/oauth2/token', scopes: SCOPES } } },
        client: { type: 'http', scheme: 'basic' },
      },
      schemas: { ...OAUTH_SCHEMAS, ...OPERATION_SCHEMAS, ...REGISTRATION_SCHEMAS, ...PORTAL_SCHEMAS },
    },
  }
}
