import { after, epochSeconds, later, longer, seconds } from '../../src/model/time.js'

describe('instants and lengths', () => {
  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('are whole seconds: not %d', (value) => {
    expect(() => epochSeconds(value)).toThrow(RangeError)
    expect(() => seconds(value)).toThrow(RangeError)
  })

  it('may lie before 1970 and last no time, but not less', () => {
    expect(epochSeconds(-1)).toBe(-1)
    expect(seconds(0)).toBe(0)
    expect(() => seconds(-1)).toThrow(RangeError)
  })

  it('add up and compare', () => {
    expect(after(epochSeconds(10), seconds(5))).toBe(15)
    expect([later(epochSeconds(1), epochSeconds(2)), later(epochSeconds(2), epochSeconds(1))]).toEqual([2, 2])
    expect([longer(seconds(1), seconds(2)), longer(seconds(2), seconds(1))]).toEqual([2, 2])
  })
})
