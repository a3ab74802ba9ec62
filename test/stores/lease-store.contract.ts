import { seconds } from '../../src/model/time.js'
import type { OpenStores } from './opened-stores.js'

/** What every LeaseStore promises. */
export function leaseStoreContract(name: string, open: OpenStores): void {
  describe(`LeaseStore (${name})`, () => {
    const MINUTE = seconds(60)

    it('gives a lease to one, and to nobody else while it runs', async () => {
      const { leases } = await open()
      expect(await leases.take('purge', 'node-1', MINUTE)).toEqual({ name: 'purge', holder: 'node-1', fence: 1 })
      expect(await leases.take('purge', 'node-2', MINUTE)).toBeUndefined()
      expect(await leases.take('purge', 'node-1', MINUTE)).toBeUndefined()
      expect(await leases.take('rotate', 'node-2', MINUTE)).toEqual({ name: 'rotate', holder: 'node-2', fence: 1 })
    })

    it('gives one of many parallel callers the lease', async () => {
      const { leases } = await open()
      const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => leases.take('purge', `node-${index}`, MINUTE)))
      expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1)
    })

    it('gives the next one a greater fence once the lease has ended, and the one before can neither renew nor release it', async () => {
      const stores = await open()
      const first = await stores.leases.take('purge', 'node-1', MINUTE)
      if (first === undefined) throw new Error('not given')
      await stores.age(61)
      expect(await stores.leases.renew(first, MINUTE)).toBe(false)
      const second = await stores.leases.take('purge', 'node-2', MINUTE)
      expect(second).toEqual({ name: 'purge', holder: 'node-2', fence: 2 })
      await stores.leases.release(first)
      expect(await stores.leases.renew(first, MINUTE)).toBe(false)
      expect(await stores.leases.take('purge', 'node-3', MINUTE)).toBeUndefined()
    })

    it('runs on for as long as it is renewed', async () => {
      const stores = await open()
      const lease = await stores.leases.take('purge', 'node-1', MINUTE)
      if (lease === undefined) throw new Error('not given')
      for (let round = 0; round < 3; round++) {
        await stores.age(40)
        expect(await stores.leases.renew(lease, MINUTE)).toBe(true)
      }
      expect(await stores.leases.take('purge', 'node-2', MINUTE)).toBeUndefined()
    })

    it('is free at once when it is released', async () => {
      const { leases } = await open()
      const lease = await leases.take('purge', 'node-1', MINUTE)
      if (lease === undefined) throw new Error('not given')
      await leases.release(lease)
      expect(await leases.renew(lease, MINUTE)).toBe(false)
      expect((await leases.take('purge', 'node-1', MINUTE))?.fence).toBe(2)
    })
  })
}
