import { grantId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { aStep, databaseTime, KEEP_AFTER_EXPIRY, type OpenedStores, type OpenStores } from './opened-stores.js'

/** The database was away since `ago` seconds ago, and is back. */
async function recordOutage(stores: OpenedStores, ago: number): Promise<void> {
  await stores.heads.recordOutage(epochSeconds((await databaseTime(stores)) - ago), aStep().grace)
}

/** What every GrantStore promises. */
export function grantStoreContract(name: string, open: OpenStores): void {
  describe(`GrantStore (${name})`, () => {
    const id = grantId('grant-1')

    it('has no row for a grant that was neither refreshed nor revoked', async () => {
      const { grants } = await open()
      expect(await grants.find(id)).toBeUndefined()
      expect(await grants.judge(id, 0, aStep())).toBe('current')
    })

    it('takes the first step of a grant that has no row, and the next ones, in one row', async () => {
      const stores = await open()
      const now = await databaseTime(stores)
      const first = await stores.grants.advance(aStep())
      expect(first).toMatchObject({ standing: 'current', row: { grantId: id, generation: 1, graceUses: 0, revokedAt: undefined } })
      const second = await stores.grants.advance(aStep({ from: 1 }))
      expect(second).toMatchObject({ standing: 'current', row: { generation: 2, graceUses: 0 } })
      const row = await stores.grants.find(id)
      expect(second).toEqual({ standing: 'current', row })
      expect(row?.rotatedAt).toBeGreaterThanOrEqual(now)
      expect(row?.expiresAt).toBe((row?.rotatedAt ?? 0) + 3600)
    })

    it('keeps the first expiry exactly where no new lifetime is given', async () => {
      const { grants } = await open()
      const outcome = await grants.advance(aStep({ lifetime: undefined, presentedExpiresAt: epochSeconds(3_999_999_999) }))
      expect(outcome).toMatchObject({ row: { expiresAt: 3_999_999_999, purgeAfter: 3_999_999_999 + KEEP_AFTER_EXPIRY } })
    })

    it('lets exactly one of 50 parallel calls from one generation be current', async () => {
      const { grants } = await open()
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => grants.advance(aStep())))
      const count = (standing: string) => outcomes.filter((outcome) => outcome.standing === standing).length
      expect([count('current'), count('grace'), count('exhausted')]).toEqual([1, 5, 44])
      expect(await grants.find(id)).toMatchObject({ generation: 1, graceUses: 5, revokedAt: undefined })
    })

    it('lets exactly one of 50 parallel calls from a later generation be current', async () => {
      const { grants } = await open()
      await grants.advance(aStep())
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => grants.advance(aStep({ from: 1 }))))
      expect(outcomes.filter(({ standing }) => standing === 'current')).toHaveLength(1)
      expect((await grants.find(id))?.generation).toBe(2)
    })

    it('counts the uses of the grace up to the limit, then answers exhausted, and the grant lives', async () => {
      const { grants } = await open()
      await grants.advance(aStep({ graceReuse: 2 }))
      expect(await grants.advance(aStep({ graceReuse: 2 }))).toMatchObject({ standing: 'grace', row: { graceUses: 1, generation: 1 } })
      expect(await grants.advance(aStep({ graceReuse: 2 }))).toMatchObject({ standing: 'grace', row: { graceUses: 2, generation: 1 } })
      expect(await grants.advance(aStep({ graceReuse: 2 }))).toEqual({ standing: 'exhausted' })
      expect(await grants.find(id)).toMatchObject({ graceUses: 2 })
      expect(await grants.advance(aStep({ from: 1 }))).toMatchObject({ standing: 'current', row: { graceUses: 0 } })
    })

    it('answers replayed for the predecessor after the grace', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(12)
      expect(await stores.grants.advance(aStep())).toEqual({ standing: 'replayed' })
      expect(await stores.grants.judge(id, 0, aStep())).toBe('replayed')
    })

    it('gives what was spent about an outage its grace from the end of it', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(60)
      await recordOutage(stores, 55)
      expect(await stores.grants.judge(id, 0, aStep())).toBe('grace')
      expect(await stores.grants.advance(aStep())).toMatchObject({ standing: 'grace', row: { generation: 1, graceUses: 1 } })
      await stores.age(12)
      expect(await stores.grants.advance(aStep())).toEqual({ standing: 'replayed' })
    })

    it('gives what was spent long before an outage none', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(60)
      await recordOutage(stores, 20)
      expect(await stores.grants.advance(aStep())).toEqual({ standing: 'replayed' })
    })

    it('takes an outage that several nodes report for one, from the first beginning to the last end', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(60)
      await recordOutage(stores, 58)
      await stores.age(5)
      await recordOutage(stores, 20)
      expect(await stores.grants.judge(id, 0, aStep())).toBe('grace')
    })

    it('takes outages between which the grace was not over for one', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(60)
      await recordOutage(stores, 55)
      await stores.age(9)
      await recordOutage(stores, 1)
      expect(await stores.grants.advance(aStep())).toMatchObject({ standing: 'grace' })
    })

    it('takes outages between which the grace was over for two, and lets the first one go', async () => {
      const stores = await open()
      await stores.grants.advance(aStep())
      await stores.age(60)
      await recordOutage(stores, 55)
      await stores.age(15)
      await recordOutage(stores, 1)
      expect(await stores.grants.advance(aStep())).toEqual({ standing: 'replayed' })
    })

    it('answers replayed for anything older than the predecessor, also in the grace', async () => {
      const { grants } = await open()
      await grants.advance(aStep())
      await grants.advance(aStep({ from: 1 }))
      expect(await grants.advance(aStep())).toEqual({ standing: 'replayed' })
      expect(await grants.find(id)).toMatchObject({ generation: 2, graceUses: 0 })
    })

    it('answers ahead for a generation that the database does not know, and writes nothing', async () => {
      const { grants } = await open()
      expect(await grants.advance(aStep({ from: 1 }))).toEqual({ standing: 'ahead' })
      expect(await grants.find(id)).toBeUndefined()
      await grants.advance(aStep())
      expect(await grants.advance(aStep({ from: 2 }))).toEqual({ standing: 'ahead' })
      expect(await grants.find(id)).toMatchObject({ generation: 1 })
    })

    it('answers revoked for every generation of a revoked grant', async () => {
      const { grants, revocations } = await open()
      await grants.advance(aStep())
      await revocations.append([{ kind: 'grant', id }])
      for (const from of [0, 1, 2]) expect(await grants.advance(aStep({ from }))).toEqual({ standing: 'revoked' })
      expect(await grants.find(id)).toMatchObject({ generation: 1 })
    })

    it('answers revoked for a grant that was revoked before its first refresh', async () => {
      const { grants, revocations } = await open()
      await revocations.append([{ kind: 'grant', id }])
      expect(await grants.advance(aStep())).toEqual({ standing: 'revoked' })
    })

    it('never lets purge_after shrink, so that no older refresh token outlives the row', async () => {
      const { grants } = await open()
      await grants.advance(aStep({ presentedExpiresAt: epochSeconds(4_100_000_000) }))
      const shorter = await grants.advance(aStep({ from: 1, presentedExpiresAt: epochSeconds(4_000_000_000), lifetime: seconds(60) }))
      expect(shorter).toMatchObject({ row: { purgeAfter: 4_100_000_000 + KEEP_AFTER_EXPIRY + 900 } })
      const longer = await grants.advance(aStep({ from: 2, presentedExpiresAt: epochSeconds(4_200_000_000) }))
      expect(longer).toMatchObject({ row: { purgeAfter: 4_200_000_000 + KEEP_AFTER_EXPIRY + 900 } })
    })

    it('moves purge_after by a quarter of the lifetime more than it must, and then leaves it alone while that is enough', async () => {
      const stores = await open()
      const spare: number[] = []
      for (const [from, aged] of [0, 600, 200, 200].entries()) {
        await stores.age(aged)
        const outcome = await stores.grants.advance(aStep({ from, presentedExpiresAt: epochSeconds(1) }))
        if (!('row' in outcome)) throw new Error(outcome.standing)
        spare.push(outcome.row.purgeAfter - (outcome.row.rotatedAt + 3600 + KEEP_AFTER_EXPIRY))
      }
      // Real databases let some seconds pass meanwhile.
      expect(spare.map((length) => Math.round(length / 100) * 100)).toEqual([900, 300, 100, 900])
    })

    it('reckons purge_after from the new expiry where that is the later one', async () => {
      const { grants } = await open()
      const outcome = await grants.advance(aStep({ presentedExpiresAt: epochSeconds(1), lifetime: seconds(3600) }))
      if (!('row' in outcome)) throw new Error(outcome.standing)
      expect(outcome.row.purgeAfter).toBe(outcome.row.expiresAt + KEEP_AFTER_EXPIRY + 900)
    })

    it('judges without taking a step', async () => {
      const { grants } = await open()
      await grants.advance(aStep({ graceReuse: 1 }))
      expect(await grants.judge(id, 1, aStep())).toBe('current')
      expect(await grants.judge(id, 0, aStep({ graceReuse: 1 }))).toBe('grace')
      expect(await grants.judge(id, 0, aStep({ graceReuse: 1 }))).toBe('grace')
      expect(await grants.judge(id, 7, aStep())).toBe('ahead')
      expect(await grants.find(id)).toMatchObject({ generation: 1, graceUses: 0 })
    })
  })
}
