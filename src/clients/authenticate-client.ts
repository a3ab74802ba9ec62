import { OAuthError } from '../errors/oauth-error.js'
import type { Client } from '../model/client.js'
import { type ClientId, clientId } from '../model/ids.js'
import type { EventSink } from '../stores/event-sink.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import { matchesClientSecret } from './client-secret.js'

/** What a request shows of its client (RFC 6749 §2.3). `clientSecret` undefined: only the id, as a public client does. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** The address the request came from. */
  readonly address: string
}

export interface AuthenticationNeeds {
  /** @throws StoreUnavailable */
  readonly findClient: (id: ClientId) => Promise<Client | undefined>
  /** What keys the hashes of client secrets. @throws StoreUnavailable */
  readonly secret: () => Buffer
  readonly failures: FailureLimiter
  readonly events: EventSink
}

const LONGEST_SECRET = 255
/** RFC 6749 Appendix A.1. Whatever else is sent in its place is asked of no database. */
const CLIENT_ID = /^[\x20-\x7E]{1,255}$/

/** @throws OAuthError `invalid_client`; `slow_down` after too many failures. @throws StoreUnavailable */
export type AuthenticateClient = (credentials: ClientCredentials) => Promise<Client>

/** RFC 6749 §2.3: the same words and the same work for an unknown client, a disabled one and a wrong secret. */
export function createClientAuthentication({ findClient, secret, failures, events }: AuthenticationNeeds): AuthenticateClient {
  async function refuse({ clientId: name, address }: ClientCredentials): Promise<never> {
    await failures.countFailure(name, address)
    events({ type: 'authentication_failed', subject: 'client', limited: false })
    throw new OAuthError('invalid_client', 'client authentication failed')
  }

  return async (credentials) => {
    const retryAfter = await failures.retryAfter(credentials.clientId, credentials.address)
    if (retryAfter !== undefined) {
      events({ type: 'authentication_failed', subject: 'client', limited: true })
      throw new OAuthError('slow_down', 'too many failed authentications; try again later', { retryAfter })
    }
    const client = isPossible(credentials) ? await findClient(clientId(credentials.clientId)) : undefined
    const isProved = provesIdentity(client, credentials.clientSecret, secret())
    return client !== undefined && isProved && client.state === 'active' ? client : refuse(credentials)
  }
}

function isPossible({ clientId: id, clientSecret = '' }: ClientCredentials): boolean {
  return CLIENT_ID.test(id) && clientSecret.length <= LONGEST_SECRET
}

/** A public client shows no secret, a confidential one always the right one. The comparison is made in every case. */
function provesIdentity(client: Client | undefined, clientSecret: string | undefined, secret: Buffer): boolean {
  const matches = matchesClientSecret(clientSecret ?? '', client?.secretHash, secret)
  return clientSecret === undefined ? client !== undefined && client.secretHash === undefined : matches
}
