import { createClientCache } from '../../src/clients/client-cache.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { Client } from '../../src/model/client.js'
import { type ClientId, clientId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import { StillClock } from '../still-clock.js'
import { aClient } from '../stores/opened-stores.js'

const ID = clientId('client-1')

function createFixture(maxEntries = 3) {
  const clock = new StillClock()
  const store = new Map<ClientId, Client>([[ID, aClient(ID)]])
  const reads: string[] = []
  const state = { isAway: false, gate: undefined as Promise<void> | undefined }
  const read = async (id: ClientId): Promise<Client | undefined> => {
    reads.push(id)
    if (state.isAway) throw new StoreUnavailable('database')
    const found = store.get(id)
    await state.gate
    return found
  }
  return { clock, store, reads, state, cache: createClientCache(read, clock, { maxEntries, maxAge: seconds(300) }) }
}

describe('a client record', () => {
  it('is read once for its age, and again after that', async () => {
    const { cache, clock, reads } = createFixture()
    expect(await cache.find(ID)).toEqual(aClient(ID))
    clock.advance(299)
    await cache.find(ID)
    expect(reads).toHaveLength(1)
    clock.advance(1)
    await cache.find(ID)
    expect(reads).toHaveLength(2)
  })

  it('is read once for many that ask at once', async () => {
    const { cache, reads } = createFixture()
    const found = await Promise.all(Array.from({ length: 20 }, () => cache.find(ID)))
    expect(new Set(found).size).toBe(1)
    expect(reads).toHaveLength(1)
  })

  it('is forgotten when some client has changed', async () => {
    const { cache, store } = createFixture()
    await cache.find(ID)
    store.set(ID, aClient(ID, { name: 'new' }))
    expect((await cache.find(ID))?.name).not.toBe('new')
    cache.clear()
    expect((await cache.find(ID))?.name).toBe('new')
  })

  it('is not remembered when it was read before a change and came after it', async () => {
    const { cache, store, state } = createFixture()
    let open: () => void = () => undefined
    state.gate = new Promise((resolve) => {
      open = resolve
    })
    const begun = cache.find(ID)
    store.set(ID, aClient(ID, { state: 'disabled' }))
    cache.clear()
    const begunLater = cache.find(ID)
    open()
    expect((await begun)?.state).toBe('active')
    expect((await begunLater)?.state).toBe('disabled')
    expect((await cache.find(ID))?.state).toBe('disabled')
  })

  it('serves on, aged, while the store is away; one that is not known does not', async () => {
    const { cache, clock, state } = createFixture()
    await cache.find(ID)
    clock.advance(10_000)
    state.isAway = true
    expect(await cache.find(ID)).toEqual(aClient(ID))
    await expect(cache.find(clientId('other'))).rejects.toThrow(StoreUnavailable)
    cache.clear()
    await expect(cache.find(ID)).rejects.toThrow(StoreUnavailable)
  })

  it('does not serve on where the client has turned out to be gone', async () => {
    const { cache, clock, state, store } = createFixture()
    await cache.find(ID)
    store.delete(ID)
    clock.advance(300)
    expect(await cache.find(ID)).toBeUndefined()
    clock.advance(300)
    state.isAway = true
    expect(await cache.find(ID)).toBeUndefined()
  })

  it('that fails to be read for another reason than the store being away is no reason to serve on', async () => {
    const clock = new StillClock()
    let fails = false
    const cache = createClientCache(async () => (fails ? Promise.reject(new TypeError('a defect')) : aClient(ID)), clock, {
      maxEntries: 3,
      maxAge: seconds(1),
    })
    await cache.find(ID)
    clock.advance(1)
    fails = true
    await expect(cache.find(ID)).rejects.toThrow(TypeError)
  })
})

describe('an unknown client id', () => {
  it('is remembered as unknown', async () => {
    const { cache, reads } = createFixture()
    for (let time = 0; time < 3; time++) expect(await cache.find(clientId('nobody'))).toBeUndefined()
    expect(reads).toHaveLength(1)
  })

  it('is one of a bounded number, and drives out no client', async () => {
    const { cache, reads } = createFixture()
    await cache.find(ID)
    for (let at = 0; at < 10; at++) await cache.find(clientId(`nobody-${at}`))
    reads.length = 0
    await cache.find(ID)
    await cache.find(clientId('nobody-9'))
    expect(reads).toEqual([])
    await cache.find(clientId('nobody-0'))
    expect(reads).toEqual(['nobody-0'])
  })
})
