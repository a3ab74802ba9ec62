import { Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import { type CoalesceSettings, createCoalescer } from '../../src/stores/coalesce.js'

const settings: CoalesceSettings = { name: 'numbers', maxBatch: 4, maxQueue: 6, nextTurn: async () => undefined }

/** Commits when it is told to, by turning each number into a word. */
function createFixture(changes: Partial<CoalesceSettings> = {}) {
  const batches: (readonly number[])[] = []
  const underWay: { readonly succeed: () => void; readonly fail: (error: Error) => void }[] = []
  const commit = (batch: readonly number[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      batches.push(batch)
      underWay.push({ succeed: () => resolve(batch.map((item) => `<${item}>`)), fail: reject })
    })
  return { batches, underWay, ...createCoalescer(commit, { ...settings, ...changes }) }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const outcomesOf = async (promises: readonly Promise<string>[]): Promise<string[]> =>
  (await Promise.allSettled(promises)).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason.name)))

describe('callers that come at once', () => {
  it('share one commit, in the order in which they came', async () => {
    const { submit, batches, underWay } = createFixture()
    const answers = [1, 2, 3].map((item) => submit(item))
    await turn()
    expect(batches).toEqual([[1, 2, 3]])
    underWay[0]?.succeed()
    expect(await Promise.all(answers)).toEqual(['<1>', '<2>', '<3>'])
  })

  it('are answered only after the commit that holds their item', async () => {
    const { submit, underWay } = createFixture()
    let isAnswered = false
    const answer = submit(1).then(() => {
      isAnswered = true
    })
    await turn()
    expect(isAnswered).toBe(false)
    underWay[0]?.succeed()
    await answer
  })

  it('gather for the next commit while one is under way, and never are two under way', async () => {
    const { submit, batches, underWay } = createFixture()
    const answers = [submit(1)]
    await turn()
    answers.push(submit(2), submit(3))
    await turn()
    expect(batches).toEqual([[1]])
    underWay[0]?.succeed()
    await turn()
    expect(batches).toEqual([[1], [2, 3]])
    underWay[1]?.succeed()
    expect(await Promise.all(answers)).toEqual(['<1>', '<2>', '<3>'])
  })

  it('are spread over several commits, in order, where they are too many for one', async () => {
    const { submit, batches, underWay } = createFixture()
    const answers = [1, 2, 3, 4, 5, 6].map((item) => submit(item))
    await turn()
    underWay[0]?.succeed()
    await turn()
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ])
    underWay[1]?.succeed()
    expect(await outcomesOf(answers)).toEqual(['<1>', '<2>', '<3>', '<4>', '<5>', '<6>'])
  })

  it('begin a commit again after a quiet time', async () => {
    const { submit, batches, underWay } = createFixture()
    for (const item of [1, 2]) {
      const answer = submit(item)
      await turn()
      underWay.at(-1)?.succeed()
      expect(await answer).toBe(`<${item}>`)
    }
    expect(batches).toEqual([[1], [2]])
  })
})

describe('a commit that leaves no time to read what arrives', () => {
  it('is shared all the same, since each batch waits for one turn', async () => {
    const batches: number[] = []
    const commit = async (batch: readonly number[]) => {
      batches.push(batch.length)
      return batch.map(String)
    }
    const { submit } = createCoalescer(commit, { ...settings, maxBatch: 100, maxQueue: 100, nextTurn: turn })
    const late = Array.from({ length: 50 }, async (_, item) => {
      for (let left = item % 7; left > 0; left--) await undefined
      return submit(item)
    })
    await Promise.all(late)
    expect(batches).toEqual([50])
  })
})

describe('a full queue', () => {
  it('turns away whoever comes next, does nothing for them, and takes others when there is room', async () => {
    const { submit, batches, underWay, pending } = createFixture()
    const first = submit(0)
    await turn()
    const waiting = [1, 2, 3, 4, 5, 6].map((item) => submit(item))
    await expect(submit(7)).rejects.toThrow(Overloaded)
    expect(pending()).toBe(7)
    underWay[0]?.succeed()
    await first
    await turn()
    const late = submit(8)
    for (const at of [1, 2]) {
      underWay[at]?.succeed()
      await turn()
    }
    expect(await outcomesOf([...waiting, late])).toEqual(['<1>', '<2>', '<3>', '<4>', '<5>', '<6>', '<8>'])
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 8])
    expect(pending()).toBe(0)
  })
})

describe('a commit that fails', () => {
  it('fails for all in it and for nobody else', async () => {
    const { submit, underWay } = createFixture({ maxBatch: 2 })
    const answers = [1, 2, 3].map((item) => submit(item))
    await turn()
    underWay[0]?.fail(new StoreUnavailable('database'))
    await turn()
    underWay[1]?.succeed()
    expect(await outcomesOf(answers)).toEqual(['StoreUnavailable', 'StoreUnavailable', '<3>'])
    const after = submit(4)
    await turn()
    underWay[2]?.succeed()
    expect(await after).toBe('<4>')
  })

  it('is one that has not a result for each item, or throws before it begins', async () => {
    const short = createCoalescer<number, string>(async () => ['one'], settings)
    expect(await outcomesOf([short.submit(1), short.submit(2)])).toEqual(['RangeError', 'RangeError'])
    const broken = createCoalescer<number, string>(() => {
      throw new StoreUnavailable('database')
    }, settings)
    expect(await outcomesOf([broken.submit(1)])).toEqual(['StoreUnavailable'])
  })
})
