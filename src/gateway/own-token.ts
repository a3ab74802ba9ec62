import type { Clock } from '../model/time.js'
import { askAgain } from './ask-again.js'
import type { Endpoints } from './endpoints.js'
import type { GatewaySettings } from './gateway-settings.js'
import { formPost, readObject, ServerUnavailable, TIMEOUT_MS } from './http-requests.js'
import { requestAnew } from './request-anew.js'

/** The access token by which the gateway reads the feed. */
export interface OwnToken {
  /** One that is good for a while yet. Calls at once share one request. @throws ServerUnavailable */
  get(): Promise<string>
  /** This one was refused: the next call gets another. */
  forget(token: string): void
}

/** A token that has to be renewed in a partition must not be waited for when that is over. */
const PATIENCE_MS = 1000

/** Gets it with `client_credentials` (RFC 6749 §4.4) and the scope `revocation_feed`; renews it when four fifths of its life are over. */
export function createOwnToken(credentials: GatewaySettings['credentials'], endpoints: () => Promise<Endpoints>, clock: Clock): OwnToken {
  let held: { readonly token: string; readonly renewAtMs: number } | undefined
  let asking: Promise<string> | undefined

  async function ask(): Promise<string> {
    const { token: url } = await endpoints()
    const askedAtMs = clock.nowMs()
    const { headers, ...form } = formPost({ grant_type: 'client_credentials', scope: 'revocation_feed' }, credentials)
    const post = { ...form, headers: { accept: 'application/json', ...headers } }
    const response = await askAgain((signal) => requestAnew(url, post, signal), AbortSignal.timeout(TIMEOUT_MS), PATIENCE_MS)
    const answer = await readObject(url, response)
    const { access_token: token, expires_in: lifetime } = answer
    if (typeof token !== 'string') throw new ServerUnavailable('the token endpoint sent no access token')
    held = { token, renewAtMs: askedAtMs + (typeof lifetime === 'number' ? lifetime * 800 : 0) }
    return token
  }

  return {
    async get() {
      if (held !== undefined && clock.nowMs() < held.renewAtMs) return held.token
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    forget(token) {
      if (held?.token === token) held = undefined
    },
  }
}
