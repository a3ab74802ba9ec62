import { createBatchSize } from '../../src/purge/batch-size.js'

const TARGET_MS = 100

describe('the size of batches', () => {
  it('begins small and doubles while full batches are quick', () => {
    const size = createBatchSize(1000)
    const seen = []
    for (let batch = 0; batch < 6; batch++) {
      seen.push(size.next())
      size.learn(size.next(), 20, TARGET_MS)
    }
    expect(seen).toEqual([100, 200, 400, 800, 1000, 1000])
  })

  it('shrinks to what would have been right, to a quarter at most, and not to nothing', () => {
    const size = createBatchSize(1000)
    size.learn(100, 400, TARGET_MS)
    expect(size.next()).toBe(25)
    size.learn(25, 60_000, TARGET_MS)
    expect(size.next()).toBe(10)
    const large = createBatchSize(1000)
    large.learn(100, 1, TARGET_MS)
    large.learn(200, 1, TARGET_MS)
    large.learn(400, 60_000, TARGET_MS)
    expect(large.next()).toBe(100)
    large.learn(100, 64, TARGET_MS)
    expect(large.next()).toBe(125)
  })

  it('stays where a batch took about its time, or was not full', () => {
    const size = createBatchSize(1000)
    size.learn(100, 80, TARGET_MS)
    size.learn(50, 1, TARGET_MS)
    expect(size.next()).toBe(100)
  })

  it('never exceeds what the operator allows, however little', () => {
    const size = createBatchSize(3)
    size.learn(3, 1, TARGET_MS)
    expect(size.next()).toBe(3)
    size.learn(3, 5000, TARGET_MS)
    expect(size.next()).toBe(3)
  })
})
