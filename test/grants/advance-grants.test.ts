import { Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createGrantAdvances } from '../../src/grants/advance-grants.js'
import type { GrantRow } from '../../src/model/grant.js'
import { grantId } from '../../src/model/ids.js'
import type { GrantAdvance } from '../../src/stores/grant-store.js'
import { aStep } from '../stores/opened-stores.js'

const stepOf = (id: string): GrantAdvance => aStep({ grantId: grantId(id) })
const rowOf = ({ grantId: id }: GrantAdvance): GrantRow => ({ grantId: id, generation: 1 }) as GrantRow
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Takes the steps of all grants but `spent`; a batch ends when it is told to. */
function createFixture(maxQueue = 10) {
  const batches: { readonly ids: readonly string[]; readonly end: (error?: Error) => void }[] = []
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  const grants = {
    advanceMany: (steps: readonly GrantAdvance[]) =>
      new Promise<readonly (GrantRow | undefined)[]>((resolve, reject) => {
        const rows = steps.map((step) => (step.grantId === 'spent' ? undefined : rowOf(step)))
        batches.push({ ids: steps.map((step) => step.grantId), end: (error) => (error ? reject(error) : resolve(rows)) })
      }),
    advance: async () => settled.then(() => ({ standing: 'replayed' }) as const),
  }
  return { batches, settle, ...createGrantAdvances({ grants, nextTurn: async () => undefined }, maxQueue) }
}

describe('the steps of grants', () => {
  it('go at once when they are alone, and together when a commit is under way', async () => {
    const { advance, batches } = createFixture()
    const answers = [advance(stepOf('a'))]
    await turn()
    answers.push(advance(stepOf('b')), advance(stepOf('c')))
    await turn()
    expect(batches.map(({ ids }) => ids)).toEqual([['a']])
    batches[0]?.end()
    await turn()
    expect(batches.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c']])
    batches[1]?.end()
    expect(await Promise.all(answers)).toMatchObject(['a', 'b', 'c'].map((id) => ({ standing: 'current', row: { grantId: id } })))
  })

  it('that were not taken are judged alone, while the next commit goes on', async () => {
    const { advance, batches, settle, pending } = createFixture()
    const [spent, taken] = [advance(stepOf('spent')), advance(stepOf('a'))]
    await turn()
    batches[0]?.end()
    expect(await taken).toMatchObject({ standing: 'current' })
    expect(pending()).toBe(0)
    const next = advance(stepOf('b'))
    await turn()
    batches[1]?.end()
    expect(await next).toMatchObject({ standing: 'current' })
    settle()
    expect(await spent).toEqual({ standing: 'replayed' })
  })

  it('fail together with their commit, and are turned away when too many wait', async () => {
    const { advance, batches } = createFixture(2)
    const failing = Promise.allSettled([advance(stepOf('a')), advance(stepOf('b'))])
    await expect(advance(stepOf('c'))).rejects.toThrow(Overloaded)
    await turn()
    batches[0]?.end(new StoreUnavailable('database'))
    for (const outcome of await failing) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    expect(batches).toHaveLength(1)
  })
})
