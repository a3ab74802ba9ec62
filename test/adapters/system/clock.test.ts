import { createSystemClock } from '../../../src/adapters/system/clock.js'

describe('createSystemClock', () => {
  it('tells the time of the machine in milliseconds, and in whole seconds rounded down', () => {
    const clock = createSystemClock()
    const before = Date.now()
    const now = clock.now()
    const nowMs = clock.nowMs()
    const after = Date.now()
    expect(nowMs).toBeGreaterThanOrEqual(before)
    expect(nowMs).toBeLessThanOrEqual(after)
    expect(now).toBeGreaterThanOrEqual(Math.floor(before / 1000))
    expect(now).toBeLessThanOrEqual(Math.floor(after / 1000))
    expect(Number.isInteger(now)).toBe(true)
  })
})
