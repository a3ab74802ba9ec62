/** Counts failed authentications by name and address. A success counts nothing. */
export interface FailureLimiter {
  /** Whole seconds until another attempt on this name from this address is heard; undefined: now. */
  retryAfter(name: string, address: string): Promise<number | undefined>
  countFailure(name: string, address: string): Promise<void>
}
