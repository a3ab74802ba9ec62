import type { RequestHandler } from 'express'
import type { PublicJwk } from '../../keys/key-ring.js'
import type { Seconds } from '../../model/time.js'

/** GET /oauth2/jwks, RFC 7517 §5. Cacheable for as long as a key is published before it signs. */
export function jwksRoute(publicJwks: () => readonly PublicJwk[], maxAge: Seconds): RequestHandler {
  return (_request, response) => {
    response.set('Cache-Control', `public, max-age=${maxAge}`).json({ keys: publicJwks() })
  }
}
