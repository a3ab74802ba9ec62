import fc from 'fast-check'
import { editDistance, nearestKey, nearestWord } from '../../src/config/nearest-key.js'

describe('editDistance', () => {
  it.each([
    ['port', 'port', 0],
    ['prot', 'port', 1],
    ['prt', 'port', 1],
    ['porrt', 'port', 1],
    ['part', 'port', 1],
    ['', 'port', 4],
    ['kitten', 'sitting', 3],
  ])('from %s to %s is %d', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance)
  })

  it('is the same both ways, 0 only for equal words, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const distance = editDistance(one, other)
        expect(editDistance(other, one)).toBe(distance)
        expect(distance === 0).toBe(one === other)
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
      }),
    )
  })
})

describe('nearestKey', () => {
  const known = [
    'server',
    'server.port',
    'server.hostname',
    'oauth',
    'oauth.issuer',
    'oauth.rate_limit',
    'oauth.rate_limit.enable',
    'purge.enable',
    'log',
    'log.level',
  ]

  it('looks in the same table first', () => {
    expect(nearestKey('server.prot', known)).toBe('server.port')
    expect(nearestKey('sevrer', known)).toBe('server')
    expect(nearestKey('oauth.ratelimit', known)).toBe('oauth.rate_limit')
  })

  it('then takes the only key of that name elsewhere', () => {
    expect(nearestKey('server.level', known)).toBe('log.level')
    expect(nearestKey('server.enable', known)).toBeUndefined()
  })

  it('then looks for the nearest path', () => {
    expect(nearestKey('sever.hostnames', known)).toBe('server.hostname')
  })

  it('suggests nothing for what is like nothing', () => {
    expect(nearestKey('server.colour_of_the_sky', known)).toBeUndefined()
    expect(nearestWord('zzzzzz', ['info', 'warn'])).toBeUndefined()
  })
})
