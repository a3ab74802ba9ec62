import { clientId, grantId, keyId, subject, tokenId, userId } from '../../src/model/ids.js'

describe.each([
  ['a client id', clientId],
  ['a user id', userId],
  ['a subject', subject],
  ['a token id', tokenId],
  ['a grant id', grantId],
  ['a key id', keyId],
])('%s', (what, parse) => {
  it('is taken as it is, up to 255 characters', () => {
    expect(parse('x')).toBe('x')
    expect(parse('y'.repeat(255))).toBe('y'.repeat(255))
  })

  it('is refused when it is empty or longer, and named', () => {
    expect(() => parse('')).toThrow(new RangeError(`${what} has to have 1 to 255 characters`))
    expect(() => parse('y'.repeat(256))).toThrow(RangeError)
  })
})
