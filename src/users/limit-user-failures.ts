import { OAuthError } from '../errors/oauth-error.js'
import type { User } from '../model/user.js'
import type { EventSink } from '../stores/event-sink.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import type { AuthenticateUser } from './authenticate-user.js'

/** As AuthenticateUser, from a known address. @throws OAuthError `slow_down` after too many failures. */
export type LimitedUserAuthentication = (name: string, password: string, address: string) => Promise<User | undefined>

/** Counts failures for name and address together, so that nobody is locked out from elsewhere. */
export function limitUserFailures(authenticate: AuthenticateUser, failures: FailureLimiter, events: EventSink): LimitedUserAuthentication {
  return async (name, password, address) => {
    const retryAfter = await failures.retryAfter(name, address)
    if (retryAfter !== undefined) {
      events({ type: 'authentication_failed', subject: 'user', limited: true })
      throw new OAuthError('slow_down', 'too many failed authentications; try again later', { retryAfter })
    }
    const user = await authenticate(name, password)
    if (user === undefined) {
      await failures.countFailure(name, address)
      events({ type: 'authentication_failed', subject: 'user', limited: false })
    }
    return user
  }
}
