import type { Seconds } from '../model/time.js'

/** Which rows of stored login sessions may go. Only whole sessions end; of one that lives its newest row always stays. */
export interface SessionRules {
  /** What ends a session that nobody has ended: the time that its newest row names, the age of that row, or nothing. */
  readonly endedBy: 'expiry' | 'age' | 'nothing'
  /** How old its newest row gets; where sessions end by expiry, one that names no time. */
  readonly longest: Seconds
  /** Whether the rows of a session that somebody has ended go at once; else when time would have ended it. */
  readonly loggedOutAtOnce: boolean
  /** How old the rows of an unfinished login get; undefined: they are left alone. */
  readonly preSessionsAfter: Seconds | undefined
}
