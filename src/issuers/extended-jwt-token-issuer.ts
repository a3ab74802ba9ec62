/** What an access token is about to be issued for. All of it is a copy: changing it changes nothing. */
export interface TokenContext {
  /** The application, RFC 6749 §2.2. */
  readonly clientId: string
  /** What people call the application. */
  readonly clientName: string
  /** `sub` of the token: the id of the user, or the client id where the application acts for itself. */
  readonly subject: string
  /** The name of the user; undefined where the application acts for itself. */
  readonly username: string | undefined
  readonly kind: 'APPLICATION' | 'APPLICATION_USER'
  /** `scope` of the token. */
  readonly scopes: readonly string[]
  /** `aud` of the token. */
  readonly audience: readonly string[]
  /** `grant_type` of the request: `refresh_token` for a refresh, however the grant was made. */
  readonly grantType: string
  /** Aborted when the time for the answer is up (`claims_timeout`): to be handed to what the claims are asked of. */
  readonly signal: AbortSignal
}

/** Claims by name: what JSON can say. A claim that is undefined is left out. */
export type AdditionalClaims = Readonly<Record<string, unknown>>

/**
 * What makes JWT access tokens, to be extended by an issuer of one's own: a module whose export is a class that extends this
 * one, and whose path stands as `issuer` in `[[oauth.extensions.token_types]]`. One instance, made without arguments, serves
 * every request of the process, several at a time.
 */
export class ExtendedJwtTokenIssuer {
  /**
   * The claims that the access token has beside Jeton's own; at most 4096 bytes as JSON. Asked anew for each token, a refresh
   * too, before anything is signed or written.
   * Whatever goes wrong here (a throw, no answer in time, a claim of Jeton's own, a value that is no JSON) refuses this one
   * request with `server_error`, and stands in the log with its cause. Must not block: it runs in the process that serves.
   */
  claims(_context: TokenContext): AdditionalClaims | Promise<AdditionalClaims> {
    return {}
  }
}
