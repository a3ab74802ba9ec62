import type { Authorization } from '../model/authorization.js'
import type { PresentedRefreshToken } from '../model/claims.js'
import type { Client } from '../model/client.js'

/** A token request whose client has been authenticated. Parameters hold one value each (RFC 6749 §3.2). */
export interface TokenRequest {
  readonly client: Client
  readonly parameters: ReadonlyMap<string, string>
  /** `resource` of RFC 8707 §2, the one parameter that may stand more than once. */
  readonly resources: readonly string[]
  /** The address the request came from. */
  readonly address: string
}

/** Which refresh token goes out beside the access token. */
export type RefreshPlan =
  | { readonly kind: 'none' }
  /** The first of a new grant. */
  | { readonly kind: 'first' }
  /** The successor of the presented one, which is spent. */
  | { readonly kind: 'next'; readonly presented: PresentedRefreshToken }
  /** The presented one again, with its expiry. */
  | { readonly kind: 'same'; readonly presented: PresentedRefreshToken }

export interface Decision {
  readonly authorization: Authorization
  readonly refresh: RefreshPlan
}

/** One way to obtain authorization (RFC 6749 §1.3). Decides; never signs, never writes, never speaks HTTP. */
export interface Grant {
  /** The `grant_type` value on the wire. */
  readonly grantType: string
  /** @throws OAuthError when the request is refused. @throws StoreUnavailable */
  authorize(request: TokenRequest): Promise<Decision>
}
