import type { AccountState } from '../model/client.js'
import type { UserId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { PasswordHash, User } from '../model/user.js'
import type { Changed } from './client-store.js'

/** What of a user may change. Absent: stays as it is. */
export interface UserChange {
  readonly passwordHash?: PasswordHash
  readonly state?: AccountState
}

export interface UserStore {
  /** @throws StoreUnavailable */
  find(id: UserId): Promise<User | undefined>
  /** @throws StoreUnavailable */
  findByName(name: string): Promise<User | undefined>
  /** At most `limit` users with a name greater than `after`, ascending by name. @throws StoreUnavailable */
  list(after: string, limit: number): Promise<readonly User[]>
  /** @throws CommandRefused `already_exists` when the name is taken. @throws StoreUnavailable */
  create(user: User): Promise<void>
  /**
   * Changes the user and, in the same transaction, writes a `subject` entry, unless the record that it meets there is so already:
   * open for one who is or becomes disabled, else with a cut-off. @returns undefined when there is no such user. @throws StoreUnavailable
   */
  update(id: UserId, change: UserChange): Promise<Changed<User> | undefined>
  /** Deletes the user, with an open entry in the same transaction. @returns undefined when there was none. @throws StoreUnavailable */
  remove(id: UserId): Promise<RevocationEntry | undefined>
}
