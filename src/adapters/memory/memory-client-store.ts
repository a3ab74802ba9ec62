import { isClientCutOff } from '../../model/client.js'
import type { ClientStore } from '../../stores/client-store.js'
import { appendRevocation } from './append-revocations.js'
import { addClient, moveClients, putClient, removeClient } from './memory-clients.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryClientStore(state: MemoryState): ClientStore {
  const { clients, applications } = state
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
    create: (client) => answer(state, () => addClient(state, client)),
    update: (id, change) =>
      answer(state, () => {
        const before = clients.get(id)
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        putClient(state, record)
        return { record, entry: isClientCutOff(before, record) ? appendRevocation(state, { kind: 'client', id, open: false }) : undefined }
      }),
    moveTo: (tokenType, ids) =>
      answer(state, () => {
        const affected = [...applications.values()].filter(({ keys }) => keys.some(({ clientId }) => ids.includes(clientId)))
        for (const application of affected) applications.set(application.id, { ...application, tokenType })
        const siblings = affected.flatMap(({ keys }) => keys.map(({ clientId }) => clientId))
        return moveClients(state, tokenType, [...new Set([...ids, ...siblings])])
      }),
    remove: (id) =>
      answer(state, () => {
        if (!removeClient(state, id)) return undefined
        for (const application of applications.values()) {
          const keys = application.keys.filter(({ clientId }) => clientId !== id)
          if (keys.length < application.keys.length) applications.set(application.id, { ...application, keys })
        }
        return appendRevocation(state, { kind: 'client', id, open: true })
      }),
  }
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1
}
