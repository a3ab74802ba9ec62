import { BoundedMap } from '../../src/model/bounded-map.js'

describe('a bounded map', () => {
  it('never holds more than it may, and lets the one go that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('c', 3)
    expect(map.size).toBe(2)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 3])
  })

  it('counts one that is set again as the newest', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 10)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([10, undefined, 3])
  })

  it('is not made to forget others by one that is set again when it is full', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('b', 3)
    expect([map.get('a'), map.get('b'), map.size]).toEqual([1, 3, 2])
  })

  it('forgets one, or all', () => {
    const map = new BoundedMap<string, number>(3)
    map.set('a', 1)
    map.set('b', 2)
    map.delete('a')
    expect([map.get('a'), map.size]).toEqual([undefined, 1])
    map.clear()
    expect([map.get('b'), map.size]).toEqual([undefined, 0])
  })
})
