import type { RequestHandler } from 'express'

export interface MetadataSettings {
  readonly issuer: string
  readonly grantTypes: readonly string[]
}

const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post', 'none']
const SECRET_AUTHENTICATION = ['client_secret_basic', 'client_secret_post']

/** GET /.well-known/oauth-authorization-server, RFC 8414 §2, with RFC 7009's and RFC 7662's endpoints. */
export function metadataRoute({ issuer, grantTypes }: MetadataSettings): RequestHandler {
  const { origin } = new URL(issuer)
  const metadata = {
    issuer,
    token_endpoint: `${origin}/oauth2/token`,
    revocation_endpoint: `${origin}/oauth2/revoke`,
    introspection_endpoint: `${origin}/oauth2/introspect`,
    userinfo_endpoint: `${origin}/oauth2/userinfo`,
    jwks_uri: `${origin}/oauth2/jwks`,
    registration_endpoint: `${origin}/api/identity/oauth2/dcr/v1.1/register`,
    // REQUIRED by RFC 8414 §2; empty while there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: grantTypes,
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
    introspection_endpoint_auth_methods_supported: SECRET_AUTHENTICATION,
  }
  return (_request, response) => {
    response.set('Cache-Control', 'public, max-age=300').json(metadata)
  }
}

/** Where RFC 8414 §3.1 looks: the well-known part stands before the issuer's path. */
export function metadataPaths(issuer: string): readonly string[] {
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const wellKnown = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']
  return path === '' ? wellKnown : [...wellKnown, ...wellKnown.map((prefix) => `${prefix}${path}`), `${path}/.well-known/openid-configuration`]
}
