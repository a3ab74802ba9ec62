import { createOthersWatch } from '../../src/purge/watch-others.js'

/** A database to which others write at a steady rate beside one's own transactions. */
function createFixture(othersASecond: number) {
  let [nowMs, own, isTold]: [number, number, boolean] = [0, 0, true]
  const asked: number[] = []
  const watch = createOthersWatch({
    clock: { nowMs: () => nowMs },
    commits: async () => {
      asked.push(nowMs)
      return isTold ? own + Math.floor((nowMs * othersASecond) / 1000) : undefined
    },
  })
  const work = async (seconds: number): Promise<void> => {
    for (const end = nowMs + seconds * 1000; nowMs < end; nowMs += 20) {
      own++
      await watch.committed()
    }
  }
  return { watch, work, asked, tellNothing: () => (isTold = false), write: (rate: number) => (othersASecond = rate) }
}

describe('the watch over others', () => {
  it.each([
    [0, true],
    [15, true],
    [25, false],
    [1000, false],
  ])('of whom there are %i transactions a second finds that one is alone: %s', async (rate, isAlone) => {
    const { watch, work } = createFixture(rate)
    expect(watch.isAlone()).toBe(false)
    await work(3)
    expect(watch.isAlone()).toBe(isAlone)
  })

  it('asks once a second, however many transactions one makes', async () => {
    const { work, asked } = createFixture(0)
    await work(5)
    expect(asked.length).toBeLessThanOrEqual(6)
  })

  it('notices that others come, and that they go', async () => {
    const { watch, work, write } = createFixture(0)
    await work(2)
    write(100)
    await work(2)
    expect(watch.isAlone()).toBe(false)
    write(0)
    await work(3)
    expect(watch.isAlone()).toBe(true)
  })

  it('takes a database that does not tell for a quiet one, and asks no more', async () => {
    const { watch, work, asked, tellNothing } = createFixture(1000)
    tellNothing()
    await work(3)
    expect(watch.isAlone()).toBe(true)
    expect(asked).toHaveLength(1)
  })
})
