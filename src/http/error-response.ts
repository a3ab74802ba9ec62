import type { ErrorRequestHandler } from 'express'
import { OAuthError, type OAuthErrorCode } from '../errors/oauth-error.js'
import { Overloaded, StoreUnavailable } from '../errors/operational-errors.js'
import type { EventSink } from '../stores/event-sink.js'
import { sendJson } from './answer.js'

/** The one place where a refusal becomes an HTTP status. Adding a code without a status does not compile. */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  slow_down: 429,
  server_error: 500,
  temporarily_unavailable: 503,
} as const satisfies Record<OAuthErrorCode, number>

/** Shorter than any grace that is worth having, so that a refresh that met an outage can be tried again within it. */
const RETRY_AFTER_SECONDS = 1

/** Turns what was thrown into an answer; whoever has to act on it hears of the cause, the caller does not. */
export function createErrorResponse(events: EventSink): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error)
    const refusal = asOAuthError(error)
    report(refusal, error, events)
    const body = { error: refusal.code, error_description: refusal.description }
    sendJson(response, body, { status: unreadableStatus(error) ?? STATUS[refusal.code], headers: { ...challenge(refusal), ...retryAfter(refusal) } })
  }
}

function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof StoreUnavailable || error instanceof Overloaded)
    return new OAuthError('temporarily_unavailable', 'try again later', { cause: error })
  if (unreadableStatus(error) !== undefined) return new OAuthError('invalid_request', 'the request could not be read', { cause: error })
  return new OAuthError('server_error', 'the server failed to answer', { cause: error })
}

/** A request that Express itself could not read carries a status of its own. */
function unreadableStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

function report(refusal: OAuthError, error: unknown, events: EventSink): void {
  events({ type: 'token_refused', reason: refusal.code, clientId: undefined })
  if (refusal.code === 'server_error') events({ type: 'request_failed', cause: error })
  if (error instanceof StoreUnavailable) events({ type: 'store_unavailable', store: error.store, cause: error.cause })
}

type Headers = Readonly<Record<string, string>>

/** RFC 9110 §11.6.1: every 401 says how to authenticate; RFC 6750 §3 for bearer tokens. */
function challenge({ code, description }: OAuthError): Headers {
  if (code === 'invalid_client') return { 'WWW-Authenticate': 'Basic realm="jeton", charset="UTF-8"' }
  if (code !== 'invalid_token' && code !== 'insufficient_scope') return {}
  return { 'WWW-Authenticate': `Bearer realm="jeton", error="${code}", error_description="${description}"` }
}

function retryAfter({ code, retryAfter: seconds }: OAuthError): Headers {
  if (code !== 'temporarily_unavailable' && seconds === undefined) return {}
  return { 'Retry-After': String(seconds ?? RETRY_AFTER_SECONDS) }
}
