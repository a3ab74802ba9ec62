import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { type GrantId, grantId } from '../../../src/model/ids.js'
import { seconds } from '../../../src/model/time.js'
import type { GrantAdvance, GrantStore } from '../../../src/stores/grant-store.js'
import { aStep } from '../../stores/opened-stores.js'
import type { ServerDatabase } from './server-database.js'
import { type SlowProxy, startSlowProxy } from './slow-proxy.js'

const GRANTS = Array.from({ length: 60 }, (_, index) => grantId(`grant-${index}`))
const ROUNDS = 8
const LANES = [0, 1, 2, 3]

const shuffled = <Item>(items: readonly Item[]): readonly Item[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)

/** What two nodes promise that write many steps of the same grants to one server. */
export function grantWritersContract(name: string, of: () => ServerDatabase): void {
  describe(`Two writers of many steps (${name})`, () => {
    const stepsFrom = (generations: ReadonlyMap<GrantId, number>): readonly GrantAdvance[] =>
      shuffled(GRANTS)
        .slice(0, 45)
        .map((id) => aStep({ grantId: id, from: generations.get(id) ?? 0 }))

    let proxy: SlowProxy | undefined
    afterEach(async () => {
      await of().closeAll()
      await proxy?.close()
      proxy = undefined
    })

    it('take each step once, and neither they nor revocations of the same grants undo each other', async () => {
      const stores = await of().openStores()
      let sent = 0
      // What the database undoes is sent again.
      const onStatement = (sql: string): void => void (sql.includes('JETON_GRANT') && sent++)
      const nodes = [await of().open({ onStatement, connectTimeoutMs: 15_000 }), await of().open({ onStatement, connectTimeoutMs: 15_000 })]
      const generations = new Map<GrantId, number>()
      for (let round = 0; round < ROUNDS; round++) {
        const batches = LANES.map((lane) => ({ grants: nodes[lane % 2]?.grants as GrantStore, steps: stepsFrom(generations) }))
        const revoked = shuffled(GRANTS).map((id) => ({ kind: 'grant', id: grantId(`${id}-${round % 2}`) }) as const)
        const others = batches.map(({ grants, steps }) =>
          grants.advanceMany(steps.map((step) => ({ ...step, grantId: grantId(`${step.grantId}-${round % 2}`) }))),
        )
        const [outcomes] = await Promise.all([
          Promise.all(batches.map(({ grants, steps }) => grants.advanceMany(steps))),
          stores.revocations.append(revoked),
          ...others,
        ])
        const taken = outcomes.flat().flatMap((row) => (row === undefined ? [] : [row.grantId]))
        const asked = new Set(batches.flatMap(({ steps }) => steps.map((step) => step.grantId)))
        expect([...taken].sort()).toEqual([...asked].sort())
        for (const id of taken) generations.set(id, (generations.get(id) ?? 0) + 1)
      }
      expect(sent).toBe(ROUNDS * 2 * LANES.length)
      for (const [id, generation] of generations) expect((await stores.grants.find(id))?.generation).toBe(generation)
    }, 60_000)

    it('lose no step that was answered and take none that was not asked for, when their connections break again and again', async () => {
      const stores = await of().openStores()
      proxy = await startSlowProxy(of().url)
      const node = await of().open({ url: proxy.url })
      const [answered, asked] = [new Map<GrantId, number>(), new Map<GrantId, number>()]
      let [isOver, failures] = [false, 0]
      const write = async (lane: number): Promise<void> => {
        const own = GRANTS.filter((_, index) => index % LANES.length === lane)
        while (!isOver) {
          const steps = own.map((id) => aStep({ grantId: id, from: answered.get(id) ?? 0, grace: seconds(600), graceReuse: 1000 }))
          for (const { grantId: id, from } of steps) asked.set(id, from + 1)
          try {
            for (const row of await node.grants.advanceMany(steps)) if (row !== undefined) answered.set(row.grantId, row.generation)
            // What was committed and not answered stands one further.
            for (const step of steps.filter(({ grantId: id, from }) => (answered.get(id) ?? 0) === from)) {
              const outcome = await node.grants.advance(step)
              expect(outcome.standing).toMatch(/^(grace|current)$/)
              if ('row' in outcome) answered.set(step.grantId, outcome.row.generation)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(StoreUnavailable)
            failures++
          }
        }
      }
      const lanes = Promise.all(LANES.map(write))
      const furthestBehind = (): number => (answered.size < GRANTS.length ? 0 : Math.min(...answered.values()))
      for (let cut = 0; cut < 10 || furthestBehind() < 2; cut++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        proxy?.cut()
      }
      isOver = true
      await lanes
      for (const id of GRANTS) {
        const generation = (await stores.grants.find(id))?.generation ?? 0
        expect(generation).toBeGreaterThanOrEqual(answered.get(id) ?? 0)
        expect(generation).toBeLessThanOrEqual(asked.get(id) ?? 0)
      }
      expect(failures).toBeGreaterThan(0)
    }, 60_000)

    it('that the database refuses for one of its steps takes none, and fails for nobody but that one', async () => {
      const { grants } = await of().openStores()
      const poison = aStep({ grantId: 'x'.repeat(300) as GrantId })
      const good = [aStep(), aStep({ grantId: grantId('grant-2') })]
      expect(await grants.advanceMany([...good, poison])).toEqual([undefined, undefined, undefined])
      for (const step of good) expect((await grants.advance(step)).standing).toBe('current')
      await expect(grants.advance(poison)).rejects.toThrow()
    })

    it('does not fail where one row is locked for long by somebody else', async () => {
      const { grants } = await of().openStores()
      const node = await of().open({ statementTimeoutMs: 1_000 })
      const steps = GRANTS.slice(0, 5).map((id) => aStep({ grantId: id }))
      await grants.advanceMany(steps)
      await of().sql('BEGIN')
      await of().sql(`UPDATE JETON_GRANT SET GRACE_USES = 1 WHERE GRANT_ID = '${GRANTS[2]}'`)
      const outcome = await node.grants
        .advanceMany(steps.map((step) => ({ ...step, from: 1, lifetime: seconds(60) })))
        .catch((error: unknown) => error)
      await of().sql('ROLLBACK')
      expect(outcome).toEqual(steps.map(() => undefined))
    }, 20_000)
  })
}
