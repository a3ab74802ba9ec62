import { StoreUnavailable } from '../errors/operational-errors.js'
import { BoundedMap } from '../model/bounded-map.js'
import { type Subject, userId } from '../model/ids.js'
import type { UserStore } from '../stores/user-store.js'

export interface UsernameCache {
  /** A name that was just read, so that introspection need not. */
  remember(subject: Subject, name: string): void
  /** @returns undefined for an unknown user, or while the store is away: a name is worth no refusal. */
  find(subject: Subject): Promise<string | undefined>
  clear(): void
}

/** Names of users by subject, at most `maxEntries`. A name never changes; a deleted user's tokens are refused before it is asked for. */
export function createUsernameCache(users: Pick<UserStore, 'find'>, maxEntries: number): UsernameCache {
  const names = new BoundedMap<Subject, string>(maxEntries)

  return {
    remember: (subject, name) => names.set(subject, name),
    async find(subject) {
      const known = names.get(subject)
      if (known !== undefined) return known
      try {
        const user = await users.find(userId(subject))
        if (user !== undefined) names.set(subject, user.name)
        return user?.name
      } catch (error) {
        if (error instanceof StoreUnavailable) return undefined
        throw error
      }
    },
    clear: () => names.clear(),
  }
}
