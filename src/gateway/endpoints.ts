import type { Clock } from '../model/time.js'
import type { GatewaySettings } from './gateway-settings.js'
import { requestObject } from './http-requests.js'

export interface Endpoints {
  readonly token: URL
  readonly introspection: URL
  readonly jwks: URL
}

const TRY_AGAIN_MS = 60_000

/**
 * Finds the server's endpoints in the issuer's metadata (RFC 8414 §3). Where those cannot be had (an issuer whose public
 * name does not lead anywhere from here), the server of the feed is asked under the paths that are the same everywhere.
 */
export function createEndpoints(settings: Pick<GatewaySettings, 'issuer' | 'feedUrl' | 'jwksUri'>, clock: Clock): () => Promise<Endpoints> {
  let held: Promise<Endpoints> | undefined
  let goodUntilMs = 0

  async function find(): Promise<Endpoints> {
    try {
      const endpoints = await readMetadata(settings.issuer)
      goodUntilMs = Number.POSITIVE_INFINITY
      return endpoints
    } catch {
      // What is wrong with the issuer shows when its endpoints do not answer either.
      return fallback(settings.feedUrl)
    }
  }

  return async () => {
    if (held === undefined || clock.nowMs() > goodUntilMs) {
      goodUntilMs = clock.nowMs() + TRY_AGAIN_MS
      held = find()
    }
    const endpoints = await held
    return { ...endpoints, jwks: settings.jwksUri ?? endpoints.jwks }
  }
}

/** RFC 8414 §3.3: metadata that name another issuer must not be used. */
async function readMetadata(issuer: string): Promise<Endpoints> {
  const { origin, pathname } = new URL(issuer)
  const metadata = await requestObject(new URL(`/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`, origin), {})
  if (metadata.issuer !== issuer) throw new TypeError('the metadata are those of another issuer')
  return {
    token: new URL(String(metadata.token_endpoint)),
    introspection: new URL(String(metadata.introspection_endpoint)),
    jwks: new URL(String(metadata.jwks_uri)),
  }
}

const fallback = ({ origin }: URL): Endpoints => ({
  token: new URL('/oauth2/token', origin),
  introspection: new URL('/oauth2/introspect', origin),
  jwks: new URL('/oauth2/jwks', origin),
})
