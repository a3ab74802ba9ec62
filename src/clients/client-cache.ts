import { StoreUnavailable } from '../errors/operational-errors.js'
import { BoundedMap } from '../model/bounded-map.js'
import type { Client } from '../model/client.js'
import type { ClientId } from '../model/ids.js'
import { after, type Clock, type EpochSeconds, type Seconds } from '../model/time.js'

export interface ClientCacheSettings {
  /** How many known clients, and how many unknown ids, are remembered at most. */
  readonly maxEntries: number
  /** How long one is good without being read again. */
  readonly maxAge: Seconds
}

export interface ClientCache {
  /** @throws StoreUnavailable when it has to be read and cannot be. */
  find(id: ClientId): Promise<Client | undefined>
  /** Forgets all: some client has changed. */
  clear(): void
}

interface Remembered {
  readonly client: Client | undefined
  readonly freshUntil: EpochSeconds
}

/**
 * Keeps client records in the process. While the store is away an aged record serves on: whether the process may still
 * answer at all is decided by the age of its revocation set, which bounds this too.
 */
export function createClientCache(
  read: (id: ClientId) => Promise<Client | undefined>,
  clock: Clock,
  { maxEntries, maxAge }: ClientCacheSettings,
): ClientCache {
  const memory = createMemory(maxEntries)
  const reading = new Map<ClientId, Promise<Client | undefined>>()
  let generation = 0

  async function readAndRemember(id: ClientId): Promise<Client | undefined> {
    const begun = generation
    const client = await read(id)
    // What was read before a change may be older than it.
    if (begun === generation) memory.remember(id, { client, freshUntil: after(clock.now(), maxAge) })
    return client
  }

  function readOnce(id: ClientId): Promise<Client | undefined> {
    const underWay = reading.get(id)
    if (underWay !== undefined) return underWay
    const begun = readAndRemember(id).finally(() => {
      // After a change another reading may have begun.
      if (reading.get(id) === begun) reading.delete(id)
    })
    reading.set(id, begun)
    return begun
  }

  return {
    async find(id) {
      const cached = memory.find(id)
      if (cached !== undefined && clock.now() < cached.freshUntil) return cached.client
      try {
        return await readOnce(id)
      } catch (error) {
        if (cached !== undefined && error instanceof StoreUnavailable) return cached.client
        throw error
      }
    },
    clear() {
      generation += 1
      memory.clear()
      reading.clear()
    },
  }
}

function createMemory(maxEntries: number) {
  const known = new BoundedMap<ClientId, Remembered>(maxEntries)
  // Apart, so that a flood of invented ids drives out no real client.
  const unknown = new BoundedMap<ClientId, Remembered>(maxEntries)
  return {
    find: (id: ClientId): Remembered | undefined => known.get(id) ?? unknown.get(id),
    remember(id: ClientId, found: Remembered): void {
      const [fits, fitsNot] = found.client === undefined ? [unknown, known] : [known, unknown]
      fits.set(id, found)
      fitsNot.delete(id)
    },
    clear(): void {
      known.clear()
      unknown.clear()
    },
  }
}
