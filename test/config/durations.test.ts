import { hasUnit, parseDurationMs } from '../../src/config/durations.js'

describe('parseDurationMs', () => {
  it.each([
    [90, 90_000],
    [0, 0],
    ['90', 90_000],
    ['500ms', 500],
    ['90s', 90_000],
    ['15m', 900_000],
    ['15 m', 900_000],
    ['1h', 3_600_000],
    ['14d', 1_209_600_000],
  ])('reads %p', (value, length) => {
    expect(parseDurationMs(value)).toBe(length)
  })

  it.each([
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    9n,
    '',
    '-1s',
    '1.5h',
    '1H',
    '1 parsec',
    '1h30m',
    '1  h',
    ' 1h',
    '1h ',
    '1w',
    's',
    'NaN',
    true,
    undefined,
    ['1h'],
  ])('does not read %p', (value) => {
    expect(parseDurationMs(value)).toBeUndefined()
  })

  it('knows whether a unit was given', () => {
    expect(['1h', '1', 1, 'h'].map(hasUnit)).toEqual([true, false, false, false])
  })
})
