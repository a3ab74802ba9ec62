import type { User } from '../model/user.js'
import type { UserStore } from '../stores/user-store.js'
import type { PasswordHashing } from './password-hash.js'
import { parseUserName } from './user-name.js'

export interface UserAuthenticationNeeds {
  readonly users: Pick<UserStore, 'findByName'>
  readonly passwords: Pick<PasswordHashing, 'verify'>
}

/**
 * @returns undefined for an unknown or disabled user and for a wrong password, at the same cost.
 * @throws StoreUnavailable, Overloaded
 */
export type AuthenticateUser = (name: string, password: string) => Promise<User | undefined>

/** The check of RFC 6749 §4.3.2. */
export function createUserAuthentication({ users, passwords }: UserAuthenticationNeeds): AuthenticateUser {
  return async (name, password) => {
    const known = parseUserName(name)
    const user = known === undefined ? undefined : await users.findByName(known)
    const isRight = await passwords.verify(user?.passwordHash, password)
    return isRight && user?.state === 'active' ? user : undefined
  }
}
