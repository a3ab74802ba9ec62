/** The error codes this server answers with: RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8707 §2. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'slow_down'
  | 'server_error'
  | 'temporarily_unavailable'

/**
 * A refusal the caller is told about. `description` goes over the wire, so it names the rule that was
 * broken and never a secret, a token or another client. `cause` is for the log only.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly description: string
  /** Whole seconds after which to try again (RFC 9110 §10.2.3), where that makes sense. */
  readonly retryAfter: number | undefined

  constructor(code: OAuthErrorCode, description: string, options: { readonly cause?: unknown; readonly retryAfter?: number } = {}) {
    super(`${code}: ${description}`, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.description = description
    this.retryAfter = options.retryAfter
  }
}
