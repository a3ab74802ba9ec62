import { heapPlaces } from '../../../../src/adapters/prisma/sql/heap-places.js'

describe('places in a heap', () => {
  it.each(['(0,1)', '(4294967295,65535)'])('are %s', (text) => expect(heapPlaces.isPlace(text)).toBe(true))

  it.each(['', '(1)', '(1,2', '(-1,2)', 'a-token', ' (1,2)', '(1,2);'])('are not %j', (text) => expect(heapPlaces.isPlace(text)).toBe(false))

  it('have one before them that is no row of theirs', () => expect(heapPlaces.before('(7,3)')).toBe('(7,2)'))
})
