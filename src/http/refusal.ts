import { OAuthError, type OAuthErrorCode } from '../errors/oauth-error.js'
import { CommandRefused, Overloaded, StoreUnavailable } from '../errors/operational-errors.js'
import { HttpRefusal } from './http-refusal.js'

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

/** Of what was asked for in good form, and cannot be as things are; what is not here is a fault of the request. */
const COMMAND_STATUS: Readonly<Record<string, number>> = { not_found: 404, already_exists: 409, conflict: 409, key_in_use: 409 }

/** What was refused, whichever API is told of it. */
export interface Refusal {
  readonly status: number
  /** An OAuth error code, or that of a refused command. */
  readonly code: string
  /** For the caller: names the rule that was broken. */
  readonly description: string
  readonly headers: Readonly<Record<string, string>>
}

/** A body of the form of one API. */
export type RefusalForm = (refusal: Refusal) => Readonly<Record<string, unknown>>

/** Shorter than any grace that is worth having, so that a refresh that met an outage can be tried again within it. */
const RETRY_AFTER_SECONDS = 1

/** What the caller is told of whatever was thrown. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof HttpRefusal) return { status: error.status, code: 'invalid_request', description: error.message, headers: error.headers }
  if (error instanceof CommandRefused) return { status: COMMAND_STATUS[error.code] ?? 400, code: error.code, description: error.message, headers: {} }
  const refusal = asOAuthError(error)
  return {
    status: unreadableStatus(error) ?? STATUS[refusal.code],
    code: refusal.code,
    description: refusal.description,
    headers: { ...challenge(refusal), ...retryAfter(refusal) },
  }
}

/** RFC 6749 §5.2. The code of a command is not of OAuth: only its status tells. */
export const oauthForm: RefusalForm = ({ status, code, description }) => ({
  error: status === 404 || status === 409 ? WORDS[status] : code in STATUS ? code : 'invalid_request',
  error_description: asDescription(description),
})

/** In the characters that RFC 6749 §5.2 leaves for it; what is for operators is written with more. */
export function asDescription(text: string): string {
  return text.replaceAll('§', 'section ').replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, "'")
}

const WORDS = { 404: 'not_found', 409: 'conflict' } as const

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

/** RFC 9110 §11.6.1: every 401 says how to authenticate; RFC 6750 §3 for bearer tokens. */
function challenge({ code, description }: OAuthError): Refusal['headers'] {
  if (code === 'invalid_client') return { 'WWW-Authenticate': 'Basic realm="jeton", charset="UTF-8"' }
  if (code !== 'invalid_token' && code !== 'insufficient_scope') return {}
  return { 'WWW-Authenticate': `Bearer realm="jeton", error="${code}", error_description="${description}"` }
}

function retryAfter({ code, retryAfter: seconds }: OAuthError): Refusal['headers'] {
  if (code !== 'temporarily_unavailable' && seconds === undefined) return {}
  return { 'Retry-After': String(seconds ?? RETRY_AFTER_SECONDS) }
}
