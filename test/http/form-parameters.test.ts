import fc from 'fast-check'
import { OAuthError } from '../../src/errors/oauth-error.js'
import { formDecode, parseForm } from '../../src/http/form-parameters.js'

const parse = (text: string) => parseForm(Buffer.from(text))
const invalidRequest = expect.objectContaining({ code: 'invalid_request' })

/** Any text without half a surrogate pair, which no UTF-8 can carry. */
const text = fc.string({ unit: 'binary' })
const value = fc.string({ unit: 'binary', minLength: 1 })
const name = text.filter((one) => one !== 'resource')

describe('a form body', () => {
  it('is parameters, percent-encoded in UTF-8 with + for a space (RFC 6749 Appendix B)', () => {
    const { parameters } = parse('scope=a+b%20c%2Bd&username=%D1%82%E2%82%AC')
    expect([...parameters]).toEqual([
      ['scope', 'a b c+d'],
      ['username', 'т€'],
    ])
  })

  it('treats a parameter without a value as omitted (RFC 6749 §3.2)', () => {
    expect([...parse('scope=&grant_type&=&&scope=a').parameters]).toEqual([['scope', 'a']])
  })

  it('refuses a parameter that stands twice (RFC 6749 §3.2), also if its name is spelled in two ways', () => {
    for (const body of ['a=1&a=1', 'a=1&b=2&a=3', 'a=1&%61=2']) expect(() => parse(body)).toThrow(invalidRequest)
  })

  it('lets only resource stand more than once (RFC 8707 §2)', () => {
    expect(parse('resource=a&resource=b&x=1')).toEqual({ parameters: new Map([['x', '1']]), resources: ['a', 'b'] })
    expect(() => parse('Resource=a&Resource=b')).toThrow(invalidRequest)
  })

  it('refuses percent-encoding that is malformed or is no UTF-8 (RFC 6749 Appendix B)', () => {
    for (const body of ['a=%', 'a=%4', 'a=%zz', '%f=1', 'a=%FF', 'a=%C0%80', 'a=%ED%A0%80', 'a=%F4%90%80%80']) {
      expect(() => parse(body)).toThrow(invalidRequest)
    }
  })

  it('refuses bytes that are no UTF-8: lone, overlong, half a surrogate pair, beyond U+10FFFF (RFC 3629 §3)', () => {
    for (const hex of ['ff', 'e9', 'c080', 'eda080', 'f4908080', 'e282']) {
      expect(() => parseForm(Buffer.concat([Buffer.from('a='), Buffer.from(hex, 'hex')]))).toThrow(invalidRequest)
    }
  })

  it('gives the names that JavaScript has for itself no meaning', () => {
    const { parameters } = parse('__proto__=a&constructor=b&toString=c&a[b]=d&a.b=e')
    expect([...parameters.keys()]).toEqual(['__proto__', 'constructor', 'toString', 'a[b]', 'a.b'])
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })

  it('has nothing but & between parameters', () => {
    expect([...parse('a=1;b=2&c=3=4').parameters]).toEqual([
      ['a', '1;b=2'],
      ['c', '3=4'],
    ])
  })

  it('names no value and no name in what it says of a refusal', () => {
    for (const body of ['hunter2=1&hunter2=2', 'hunter2=%', '%hunter2=1']) {
      expect(() => parse(body)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
    }
  })

  it('comes back from any form encoder as it went in', () => {
    const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one })
    fc.assert(
      fc.property(pairs, fc.array(value), (parameters, resources) => {
        const form = new URLSearchParams([...parameters, ...resources.map((resource): [string, string] => ['resource', resource])])
        expect(parse(form.toString())).toEqual({ parameters: new Map(parameters), resources })
      }),
    )
  })

  it('is read, or refused with invalid_request, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseForm(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError)
          expect(error).toEqual(invalidRequest)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is never read otherwise than by the URL standard, where it is not refused', () => {
    const signs = fc.array(fc.constantFrom('a', 'b', '=', '&', '+', '%', '%41', '%25', '%26', '%C3%A9', 'é', '\0', ';', ' '), { maxLength: 12 })
    fc.assert(
      fc.property(signs, (parts) => {
        const body = parts.join('')
        try {
          const read = [...parse(body).parameters]
          expect(read).toEqual([...new URLSearchParams(body)].filter(([, one]) => one !== ''))
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('formDecode', () => {
  it('undoes the form encoding of any text', () => {
    fc.assert(fc.property(text, (one) => formDecode(new URLSearchParams([['', one]]).toString().slice(1)) === one))
  })
})
