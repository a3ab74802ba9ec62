import type { Branded } from './brand.js'
import type { AccountState } from './client.js'
import type { UserId } from './ids.js'
import type { EpochSeconds } from './time.js'

/** A memory-hard hash of a password with its salt and cost. Never the password. */
export type PasswordHash = Branded<string, 'PasswordHash'>

/** A resource owner, RFC 6749 §1.1. */
export interface User {
  readonly id: UserId
  readonly name: string
  readonly passwordHash: PasswordHash
  readonly state: AccountState
  readonly createdAt: EpochSeconds
}

/** Whether what the user was granted before a change may not outlive it: the password or the state is another. */
export function isUserCutOff(before: User, changed: User): boolean {
  return changed.passwordHash !== before.passwordHash || changed.state !== before.state
}
