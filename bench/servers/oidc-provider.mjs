// oidc-provider with what it needs for an ES256 JWT access token by client credentials: a default resource (RFC 8707) of that format.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { CLIENT_ID, CLIENT_SECRET } from './credentials.mjs'

const RESOURCE = 'urn:bench:api'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const resourceServer = { scope: 'read', audience: RESOURCE, accessTokenTTL: 3600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }

function createProvider(issuer) {
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
        scope: 'read',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }] },
    scopes: ['read'],
    cookies: { keys: ['unused'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => resourceServer,
        useGrantedResource: () => true,
      },
    },
  })
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  server.on('request', createProvider(`http://127.0.0.1:${port}`).callback())
  process.send({ port })
})
process.once('disconnect', () => process.exit())
