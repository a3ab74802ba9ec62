import { failureKey, networkOf } from '../../src/clients/failure-keys.js'

describe('what a failed authentication counts for', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '::ffff:198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['unknown', 'unknown'],
  ])('%s is the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('is a name together with a network, and shows neither', () => {
    const key = failureKey('anna', '198.51.100.7')
    expect(key).toMatch(/^[\w-]{43}$/)
    expect(new Set([key, failureKey('anna', '198.51.100.8'), failureKey('bert', '198.51.100.7'), failureKey('', '198.51.100.7anna')]).size).toBe(4)
  })
})
