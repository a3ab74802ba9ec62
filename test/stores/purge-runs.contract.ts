import { databaseTime, type OpenStores } from './opened-stores.js'

/** What every PurgeRuns promises. */
export function purgeRunsContract(name: string, open: OpenStores): void {
  describe(`PurgeRuns (${name})`, () => {
    const report = (target: string, deleted = 3) => ({ target, deleted, byReason: { expired: deleted }, batches: 2, seconds: 0.125, remaining: 7 })

    it('knows of no run before there was one', async () => {
      expect(await (await open()).purgeRuns.list()).toEqual([])
    })

    it('gives the last run of each target, with the time at which it ended', async () => {
      const stores = await open()
      await stores.purgeRuns.record(report('tokens'))
      await stores.purgeRuns.record(report('grants', 5_000_000_000))
      await stores.age(100)
      const now = await databaseTime(stores)
      await stores.purgeRuns.record({ target: 'tokens', deleted: 0, byReason: {}, batches: 1, seconds: 3600.001, remaining: 0 })
      const [grants, tokens, ...more] = await stores.purgeRuns.list()
      expect(grants).toMatchObject(report('grants', 5_000_000_000))
      expect(tokens).toMatchObject({ target: 'tokens', deleted: 0, byReason: {}, batches: 1, seconds: 3600.001, remaining: 0 })
      expect(more).toEqual([])
      expect(tokens?.endedAt).toBeGreaterThanOrEqual(now)
      expect(grants?.endedAt).toBeLessThanOrEqual(now - 99)
    })

    it('keeps one of several that end at once', async () => {
      const { purgeRuns } = await open()
      await Promise.all(Array.from({ length: 8 }, (_, index) => purgeRuns.record(report('tokens', index))))
      expect(await purgeRuns.list()).toHaveLength(1)
    })
  })
}
