import type { Seconds } from '../model/time.js'

/** The right to do what only one may do at a time, until it ends or is given back. */
export interface Lease {
  /** What may be done. */
  readonly name: string
  /** Whose it is: unique among everything that runs. */
  readonly holder: string
  /** Grows with every new lease of that name: whoever comes with an older one comes too late. */
  readonly fence: number
}

/** Times are the database's, in milliseconds, so that clocks that differ do not matter. */
export interface LeaseStore {
  /** @returns undefined while another lease of that name runs, whoever has it. @throws StoreUnavailable */
  take(name: string, holder: string, length: Seconds): Promise<Lease | undefined>
  /** Begins the length anew. @returns false when the lease has ended, or another one has been given: then all is over. @throws StoreUnavailable */
  renew(lease: Lease, length: Seconds): Promise<boolean>
  /** Ends the lease if it still is this one. @throws StoreUnavailable */
  release(lease: Lease): Promise<void>
}
