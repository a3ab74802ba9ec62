import { createMemoryBus } from '../../../src/adapters/memory/memory-bus.js'
import { describeBus, Ears, entryAt } from '../../stores/bus.contract.js'

describeBus('in memory', async () => ({ join: createMemoryBus().join, close: async () => undefined }))

describe('a bus in memory that is down', () => {
  it('loses what is said, and says when it is back', async () => {
    const memory = createMemoryBus()
    const [one, two, ears] = [memory.join(), memory.join(), new Ears()]
    two.listen(ears)
    memory.set('down')
    expect(one.state()).toBe('down')
    one.publish(1, [entryAt(1)])
    await Promise.resolve()
    memory.set('up')
    one.publish(1, [entryAt(2)])
    await Promise.resolve()
    expect(ears.entries.map(({ entries }) => entries[0]?.seq)).toEqual([2])
    expect(ears.states).toEqual(['up', 'down', 'up'])
  })
})
