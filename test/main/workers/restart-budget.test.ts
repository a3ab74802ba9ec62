import { createRestartBudget } from '../../../src/main/workers/restart-budget.js'
import { StillClock } from '../../still-clock.js'

describe('workers that end', () => {
  it('are started again, each later than the one before', () => {
    const budget = createRestartBudget(8, new StillClock())
    expect([budget(), budget(), budget(), budget(), budget(), budget(), budget(), budget()]).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  })

  it('are not started again when too many end within a minute, and are when there was a quiet minute between', () => {
    const clock = new StillClock()
    const budget = createRestartBudget(1, clock)
    expect(budget()).toBe(100)
    clock.advance(60)
    expect(budget()).toBe(100)
    expect(budget()).toBeUndefined()
  })
})
