import { seconds } from '../../src/model/time.js'
import { databaseTime, type OpenStores } from './opened-stores.js'

/** What every NodeStore promises. */
export function nodeStoreContract(name: string, open: OpenStores): void {
  describe(`NodeStore (${name})`, () => {
    const HALF_MINUTE = seconds(30)

    it('lists those that have announced themselves, once each, with the place they came to last', async () => {
      const stores = await open()
      const now = await databaseTime(stores)
      await stores.nodes.announce('b', 4)
      await stores.nodes.announce('a', 7)
      await stores.nodes.announce('b', 9)
      const nodes = await stores.nodes.list(HALF_MINUTE)
      expect(nodes.map(({ id, seq }) => [id, seq])).toEqual([
        ['a', 7],
        ['b', 9],
      ])
      for (const { lastSeen } of nodes) expect(lastSeen).toBeGreaterThanOrEqual(now)
    })

    it('leaves out those that have said nothing for longer than asked', async () => {
      const stores = await open()
      await stores.nodes.announce('silent', 1)
      await stores.age(40)
      await stores.nodes.announce('alive', 1)
      expect((await stores.nodes.list(HALF_MINUTE)).map(({ id }) => id)).toEqual(['alive'])
      expect((await stores.nodes.list(seconds(60))).map(({ id }) => id)).toEqual(['alive', 'silent'])
    })

    it('forgets those that have said nothing for an hour', async () => {
      const stores = await open()
      await stores.nodes.announce('gone', 1)
      await stores.age(3700)
      await stores.nodes.announce('alive', 1)
      expect((await stores.nodes.list(seconds(100_000))).map(({ id }) => id)).toEqual(['alive'])
    })
  })
}
