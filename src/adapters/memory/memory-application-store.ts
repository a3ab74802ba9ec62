import { CommandRefused } from '../../errors/operational-errors.js'
import type { Application } from '../../model/application.js'
import type { ApplicationId, ClientId } from '../../model/ids.js'
import type { ApplicationQuery, ApplicationStore } from '../../stores/application-store.js'
import { appendRevocations } from './append-revocations.js'
import { addClient, moveClients, removeClient } from './memory-clients.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryApplicationStore(state: MemoryState): ApplicationStore {
  const { applications } = state
  return {
    find: (id) => answer(state, () => applications.get(id)),
    list: (query) =>
      answer(state, () => {
        const found = [...applications.values()].filter((application) => matches(application, query)).sort(inOrder(query))
        return { applications: found.slice(query.offset, query.offset + query.limit), total: found.length }
      }),
    create: (application) =>
      answer(state, () => {
        assertFree(state, application)
        applications.set(application.id, application)
      }),
    update: (id, change) =>
      answer(state, () => {
        const before = applications.get(id)
        if (before === undefined) return undefined
        const after = { ...before, ...change }
        assertFree(state, after)
        applications.set(id, after)
        if (after.tokenType !== before.tokenType) moveClients(state, after.tokenType, after.keys.map(clientOf))
        return after
      }),
    addKey: (id, key, client) =>
      answer(state, () => {
        const application = applications.get(id)
        if (application === undefined) return undefined
        if (application.keys.some(({ keyType }) => keyType === key.keyType))
          throw new CommandRefused('already_exists', 'there is a key of this type already')
        const created = { ...client, tokenType: application.tokenType }
        addClient(state, created)
        applications.set(id, { ...application, keys: [...application.keys, key].sort((one, other) => (one.keyType < other.keyType ? -1 : 1)) })
        return created
      }),
    remove: (id) =>
      answer(state, () => {
        const application = applications.get(id)
        if (application === undefined) return undefined
        applications.delete(id)
        const ids = application.keys.map(clientOf)
        for (const clientId of ids) removeClient(state, clientId)
        return appendRevocations(
          state,
          ids.map((clientId) => ({ kind: 'client', id: clientId, open: true })),
        )
      }),
  }
}

const clientOf = ({ clientId }: { readonly clientId: ClientId }): ClientId => clientId

/** Of applications without an owner many may have one name. */
function assertFree({ applications }: MemoryState, { id, owner, name }: Application): void {
  const isTaken = [...applications.values()].some((other) => other.id !== id && other.owner === owner && other.name === name)
  if (owner !== undefined && isTaken) throw new CommandRefused('already_exists', 'there is an application of that name already')
}

const matches = ({ owner, name }: Application, query: ApplicationQuery): boolean =>
  (query.owner === undefined || owner === query.owner) && (query.name === undefined || name === query.name)

function inOrder({ sortBy, descending }: ApplicationQuery): (one: Application, other: Application) => number {
  const keyOf = (application: Application): readonly [string, ApplicationId] => [application[sortBy], application.id]
  return (one, other) => {
    const [[key, id], [otherKey, otherId]] = [keyOf(one), keyOf(other)]
    const order = key === otherKey ? (id < otherId ? -1 : 1) : key < otherKey ? -1 : 1
    return descending ? -order : order
  }
}
