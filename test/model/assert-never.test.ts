import { assertNever } from '../../src/model/assert-never.js'

describe('assertNever', () => {
  it('throws, and does not say what the value was', () => {
    expect(() => assertNever('a secret' as never)).toThrow(new TypeError('a case is missing for a value of type string'))
  })
})
