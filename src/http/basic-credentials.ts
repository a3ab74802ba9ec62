import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { OAuthError } from '../errors/oauth-error.js'
import type { EventSink } from '../stores/event-sink.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'

export interface BasicNeeds {
  readonly username: string
  readonly password: string
  readonly failures: FailureLimiter
  readonly events: EventSink
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i

/** Lets a request pass that shows this one user name and password in its header (RFC 7617 §2); 429 after too many failures. */
export function requireBasic({ username, password, failures, events }: BasicNeeds): RequestHandler {
  const expected = digest(`${username}:${password}`)
  return async (request, _response, next) => {
    const address = request.ip ?? ''
    const retryAfter = await failures.retryAfter(username, address)
    if (retryAfter !== undefined) {
      events({ type: 'authentication_failed', subject: 'client', limited: true })
      throw new OAuthError('slow_down', 'too many failed authentications; try again later', { retryAfter })
    }
    const { authorization } = request.headers
    // RFC 9110 §11.6.1: who shows nothing is told how, and has not failed.
    if (authorization === undefined) throw new OAuthError('invalid_client', 'authentication is missing')
    const [, encoded = ''] = BASIC.exec(authorization) ?? []
    if (timingSafeEqual(digest(Buffer.from(encoded, 'base64')), expected)) return next()
    await failures.countFailure(username, address)
    events({ type: 'authentication_failed', subject: 'client', limited: false })
    throw new OAuthError('invalid_client', 'authentication failed')
  }
}

/** Of one length, so that comparing them tells nothing of what is compared. */
const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest()
