import { parseUserName } from '../../src/users/user-name.js'

describe('a user name', () => {
  it('is kept in NFC', () => {
    expect(parseUserName('Zoe\u0308')).toBe('Zo\u00eb')
  })

  it('has up to 100 characters, whatever their size', () => {
    expect(parseUserName('😀'.repeat(100))).toBe('😀'.repeat(100))
    expect(parseUserName('a'.repeat(101))).toBeUndefined()
  })

  it.each([
    ['nothing', ''],
    ['a NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['half a character', 'a\uD800'],
    ['the form of an id', '00000000-0000-4000-8000-00000000000A'],
  ])('is not %s', (_, value) => {
    expect(parseUserName(value)).toBeUndefined()
  })
})
