import { createBatchSize } from '../../src/purge/batch-size.js'

describe('the size of batches', () => {
  it('begins small and doubles while full batches are quick', () => {
    const size = createBatchSize({ most: 1000, targetMs: 100 })
    const seen = []
    for (let batch = 0; batch < 6; batch++) {
      seen.push(size.next())
      size.learn(size.next(), 20)
    }
    expect(seen).toEqual([100, 200, 400, 800, 1000, 1000])
  })

  it('shrinks to what would have been right, to a quarter at most, and not to nothing', () => {
    const size = createBatchSize({ most: 1000, targetMs: 100 })
    size.learn(100, 400)
    expect(size.next()).toBe(25)
    size.learn(25, 60_000)
    expect(size.next()).toBe(10)
    const large = createBatchSize({ most: 1000, targetMs: 100 })
    large.learn(100, 1)
    large.learn(200, 1)
    large.learn(400, 60_000)
    expect(large.next()).toBe(100)
    large.learn(100, 64)
    expect(large.next()).toBe(125)
  })

  it('stays where a batch took about its time, or was not full', () => {
    const size = createBatchSize({ most: 1000, targetMs: 100 })
    size.learn(100, 80)
    size.learn(50, 1)
    expect(size.next()).toBe(100)
  })

  it('never exceeds what the operator allows, however little', () => {
    const size = createBatchSize({ most: 3, targetMs: 100 })
    size.learn(3, 1)
    expect(size.next()).toBe(3)
    size.learn(3, 5000)
    expect(size.next()).toBe(3)
  })
})
