import fc from 'fast-check'
import { formatRedirectUris, parseRedirectUris } from '../../../src/adapters/prisma/redirect-uris-column.js'

describe('CALLBACK_URL', () => {
  it('is one URI as it is, and nothing for none', () => {
    expect(formatRedirectUris(['https://a.example/cb?x=(1|2)'])).toBe('https://a.example/cb?x=(1|2)')
    expect([formatRedirectUris([]), parseRedirectUris(''), parseRedirectUris(null)]).toEqual(['', [], []])
  })

  it('reads the pattern that WSO2 writes, escaped or not', () => {
    expect(parseRedirectUris('regexp=(https://a.example/cb|https://b.example/cb\\?x=1)')).toEqual([
      'https://a.example/cb',
      'https://b.example/cb?x=1',
    ])
  })

  it('gives back any URIs that were written', () => {
    const uris = fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('regexp=(a|b)', '\\', '|', ')', '\\|(')))
    fc.assert(fc.property(uris, (written) => expect(parseRedirectUris(formatRedirectUris(written))).toEqual(written)))
  })
})
