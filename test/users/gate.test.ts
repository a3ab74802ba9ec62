import { setImmediate } from 'node:timers/promises'
import { createGate } from '../../src/users/gate.js'

describe('a gate', () => {
  it('lets no more in than may run at once, in the order in which they came', async () => {
    const gate = createGate({ running: 2, waiting: 10 })
    const started: number[] = []
    const ends: (() => void)[] = []
    const task = (number: number) => () => {
      started.push(number)
      return new Promise<void>((resolve) => ends.push(resolve))
    }
    const tasks = [0, 1, 2, 3].map((number) => gate(task(number)))
    await setImmediate()
    expect(started).toEqual([0, 1])
    ends[1]?.()
    await setImmediate()
    expect(started).toEqual([0, 1, 2])
    ends[0]?.()
    await setImmediate()
    expect(started).toEqual([0, 1, 2, 3])
    for (const end of ends) end()
    await Promise.all(tasks)
  })
})
