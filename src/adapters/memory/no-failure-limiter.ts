import type { FailureLimiter } from '../../stores/failure-limiter.js'

/** Where the operator has turned the limit off. */
export const noFailureLimiter: FailureLimiter = {
  async retryAfter() {
    return undefined
  },
  async countFailure() {
    // Nothing is limited, so nothing has to be counted.
  },
}
