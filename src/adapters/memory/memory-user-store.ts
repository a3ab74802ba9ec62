import { CommandRefused } from '../../errors/operational-errors.js'
import { isUserCutOff, type User } from '../../model/user.js'
import type { UserStore } from '../../stores/user-store.js'
import { appendRevocation } from './append-revocations.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryUserStore(state: MemoryState): UserStore {
  const { users, head } = state
  const named = (name: string): User | undefined => [...users.values()].find((user) => user.name === name)
  return {
    find: (id) => answer(state, () => users.get(id)),
    findByName: (name) => answer(state, () => named(name)),
    list: (after, limit) =>
      answer(state, () =>
        [...users.values()]
          .filter(({ name }) => name > after)
          .sort(byName)
          .slice(0, limit),
      ),
    create: (user) =>
      answer(state, () => {
        if (named(user.name) || users.has(user.id)) throw new CommandRefused('already_exists', 'there is a user of that name already')
        users.set(user.id, user)
        head.users += 1
      }),
    update: (id, change) =>
      answer(state, () => {
        const before = users.get(id)
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        users.set(id, record)
        head.users += 1
        return { record, entry: isUserCutOff(before, record) ? appendRevocation(state, { kind: 'subject', id, open: false }) : undefined }
      }),
    remove: (id) =>
      answer(state, () => {
        if (!users.delete(id)) return undefined
        head.users += 1
        return appendRevocation(state, { kind: 'subject', id, open: true })
      }),
  }
}

function byName(one: User, other: User): number {
  return one.name < other.name ? -1 : 1
}
