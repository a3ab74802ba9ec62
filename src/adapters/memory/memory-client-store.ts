import { CommandRefused } from '../../errors/operational-errors.js'
import { isClientCutOff } from '../../model/client.js'
import type { ClientStore } from '../../stores/client-store.js'
import { appendRevocation } from './append-revocations.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryClientStore(state: MemoryState): ClientStore {
  const { clients, head } = state
  return {
    find: (id) => answer(state, () => clients.get(id)),
    list: (after, limit) =>
      answer(state, () =>
        [...clients.values()]
          .filter(({ id }) => id > after)
          .sort(byId)
          .slice(0, limit),
      ),
    isEmpty: () => answer(state, () => clients.size === 0),
    create: (client) =>
      answer(state, () => {
        if (clients.has(client.id)) throw new CommandRefused('already_exists', `there is a client ${client.id} already`)
        clients.set(client.id, client)
        head.clients += 1
      }),
    update: (id, change) =>
      answer(state, () => {
        const before = clients.get(id)
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        clients.set(id, record)
        head.clients += 1
        return { record, entry: isClientCutOff(before, record) ? appendRevocation(state, { kind: 'client', id, open: false }) : undefined }
      }),
    remove: (id) =>
      answer(state, () => {
        if (!clients.delete(id)) return undefined
        for (const token of state.storedTokens.values()) if (token.clientId === id) state.storedTokens.delete(token.tokenId)
        head.clients += 1
        return appendRevocation(state, { kind: 'client', id, open: true })
      }),
  }
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1
}
