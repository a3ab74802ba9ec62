import fc from 'fast-check'
import { readQuoted } from '../../../../src/adapters/prisma/sql/quoted-row.js'

/** As MySQL's QUOTE does it. */
const quote = (value: string | null): string => {
  if (value === null) return 'NULL'
  const escaped = [...value].map((letter) => ({ "'": "\\'", '\\': '\\\\', '\0': '\\0', '\u001a': '\\Z' })[letter] ?? letter)
  return `'${escaped.join('')}'`
}

const value = fc.option(
  fc.oneof(
    fc.constantFrom('', 'NULL', ',NULL,', "','", "it's", '\\', "\\'", 'a\\0b\\Z', '"', '\0\u001a\n\r\t', 'žluť 漢字 😀', '\u2028'),
    fc.string({ unit: fc.constantFrom("'", '\\', ',', '"', 'N', 'NULL', '0', 'Z', '\0', '\n', 'x') }),
    fc.string({ unit: 'grapheme' }),
  ),
)

describe('a list of quoted texts', () => {
  it('becomes the same texts as a JSON array, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        expect(JSON.parse(readQuoted(values.map(quote).join(','), values.length))).toEqual(values)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 1],
    ["'a'", 2],
    ["'a','b'", 1],
    ["'a", 1],
    ["'a\\'", 1],
    ["'a'b", 1],
    ['NULLx', 1],
    ['a', 1],
    ["'a',,'b'", 3],
  ])('that is none is an error: %j', (text, length) => {
    expect(() => readQuoted(text, length)).toThrow(TypeError)
  })
})
