import { grantId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { GrantAdvance } from '../../src/stores/grant-store.js'
import { aStep, databaseTime, KEEP_AFTER_EXPIRY, type OpenedStores, type OpenStores } from './opened-stores.js'

const stepOf = (id: string, from = 0, changes: Partial<GrantAdvance> = {}): GrantAdvance => aStep({ grantId: grantId(id), from, ...changes })

/** What every GrantStore promises of steps that are taken in one write. */
export function grantBatchesContract(name: string, open: OpenStores): void {
  describe(`GrantStore, many steps at once (${name})`, () => {
    it('takes those that can be taken and changes nothing for the others, whatever stands together', async () => {
      const stores = await open()
      await prepare(stores)
      const before = await Promise.all(['stale', 'old', 'ahead', 'revoked'].map((id) => stores.grants.find(grantId(id))))
      const batch = [
        stepOf('stale', 0),
        stepOf('row', 2),
        stepOf('revoked', 1),
        stepOf('new'),
        stepOf('absent', 3),
        stepOf('old', 0),
        stepOf('ahead', 7),
        stepOf('another-new'),
        stepOf('revoked-before-it-had-a-row'),
      ]
      const rows = await stores.grants.advanceMany(batch)
      expect(rows.map((row) => row && [row.grantId, row.generation])).toEqual([
        undefined,
        ['row', 3],
        undefined,
        ['new', 1],
        undefined,
        undefined,
        undefined,
        ['another-new', 1],
        undefined,
      ])
      for (const row of rows) if (row !== undefined) expect(await stores.grants.find(row.grantId)).toEqual(row)
      expect(await Promise.all(['stale', 'old', 'ahead', 'revoked'].map((id) => stores.grants.find(grantId(id))))).toEqual(before)
      expect(await stores.grants.find(grantId('absent'))).toBeUndefined()
      const reasons = await Promise.all(batch.filter((_, index) => rows[index] === undefined).map((step) => stores.grants.advance(step)))
      expect(reasons.map(({ standing }) => standing)).toEqual(['grace', 'revoked', 'ahead', 'replayed', 'ahead', 'revoked'])
    })

    it('reckons each row from its own step, as a step alone does', async () => {
      const stores = await open()
      const now = await databaseTime(stores)
      const kept = stepOf('kept', 0, { lifetime: undefined, presentedExpiresAt: epochSeconds(3_999_999_999), keepAfterExpiry: seconds(7) })
      const short = stepOf('short', 0, { lifetime: seconds(60), presentedExpiresAt: epochSeconds(1) })
      const [first, second] = await stores.grants.advanceMany([short, kept])
      expect(first?.rotatedAt).toBeGreaterThanOrEqual(now)
      expect(first).toMatchObject({ graceUses: 0, revokedAt: undefined, expiresAt: (first?.rotatedAt ?? 0) + 60 })
      expect(first?.purgeAfter).toBe((first?.expiresAt ?? 0) + KEEP_AFTER_EXPIRY + 15)
      expect(second).toMatchObject({ expiresAt: 3_999_999_999, purgeAfter: 3_999_999_999 + 7 })
      const later = await stores.grants.advanceMany([stepOf('kept', 1, { presentedExpiresAt: epochSeconds(4_000), lifetime: seconds(60) })])
      expect(later).toMatchObject([{ generation: 2, purgeAfter: 3_999_999_999 + 7 }])
    })

    it('tries the first of several steps of one grant only, and the others may be taken after it', async () => {
      const { grants } = await open()
      const steps = [stepOf('one', 5), stepOf('one'), stepOf('two'), stepOf('two'), stepOf('two', 1)]
      const rows = await grants.advanceMany(steps)
      expect(rows.map((row) => row?.generation)).toEqual([undefined, undefined, 1, undefined, undefined])
      expect(await grants.find(grantId('one'))).toBeUndefined()
      expect(await grants.advance(stepOf('one'))).toMatchObject({ standing: 'current', row: { generation: 1 } })
      expect(await grants.advanceMany([stepOf('two', 1)])).toMatchObject([{ generation: 2 }])
    })

    it('resets the uses of the grace, and is found in the grace by the step before', async () => {
      const { grants } = await open()
      await grants.advanceMany([stepOf('one')])
      expect(await grants.advance(stepOf('one'))).toMatchObject({ standing: 'grace', row: { graceUses: 1 } })
      expect(await grants.advanceMany([stepOf('one', 1)])).toMatchObject([{ generation: 2, graceUses: 0 }])
    })

    it('takes none of none, and 500', async () => {
      const { grants } = await open()
      expect(await grants.advanceMany([])).toEqual([])
      const many = Array.from({ length: 500 }, (_, index) => stepOf(`grant-${index}`))
      for (const from of [0, 1]) {
        const rows = await grants.advanceMany(many.map((step) => ({ ...step, from })))
        expect(rows.map((row) => row && [row.grantId, row.generation])).toEqual(many.map((step) => [step.grantId, from + 1]))
      }
    })

    it('lets exactly one of many batches at once take each step, in whatever order they hold it', async () => {
      const { grants } = await open()
      const steps = Array.from({ length: 40 }, (_, index) => stepOf(`grant-${index}`))
      for (const from of [0, 1, 2]) {
        const batches = Array.from({ length: 10 }, (_, turn) =>
          [...steps.slice(turn * 4), ...steps.slice(0, turn * 4)].map((step) => ({ ...step, from })),
        )
        const outcomes = await Promise.all(batches.map((batch) => grants.advanceMany(turned(batch, batches.indexOf(batch)))))
        const taken = outcomes.flat().flatMap((row) => (row === undefined ? [] : [row.grantId]))
        expect(taken.sort()).toEqual(steps.map((step) => step.grantId).sort())
      }
    })
  })
}

const turned = <Item>(items: readonly Item[], index: number): readonly Item[] => (index % 2 ? [...items].reverse() : items)

/** Grants that stand in every way to what will be presented. */
async function prepare({ grants, revocations }: OpenedStores): Promise<void> {
  const taken = { stale: 1, row: 2, old: 2, ahead: 1, revoked: 1 }
  for (const [id, generation] of Object.entries(taken)) for (let from = 0; from < generation; from++) await grants.advance(stepOf(id, from))
  await revocations.append([
    { kind: 'grant', id: grantId('revoked') },
    { kind: 'grant', id: grantId('revoked-before-it-had-a-row') },
  ])
}
