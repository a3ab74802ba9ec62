import { describeCause } from '../../../src/adapters/system/describe-cause.js'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'

const SECRET = 'tR4-_9kQ'

describe('describeCause', () => {
  it('says name, message and code', () => {
    const error = Object.assign(new TypeError('bad'), { code: 'P2002' })
    expect(describeCause(error)).toMatchObject({ name: 'TypeError', message: 'bad', code: 'P2002' })
  })

  it('says what caused it, three deep', () => {
    const chain = new StoreUnavailable('database', { cause: new Error('two', { cause: new Error('three', { cause: new Error('four') }) }) })
    expect(describeCause(chain)).toMatchObject({ message: 'database cannot answer', cause: { message: 'two', cause: { message: 'three' } } })
    expect(JSON.stringify(describeCause(chain))).not.toContain('four')
  })

  it('is not led in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(describeCause(error)).toMatchObject({ cause: { cause: { message: 'round' } } })
  })

  it('says where it was thrown, without the parameters that stand in the stack', () => {
    const error = new Error(`SELECT 1\n    at parameters ["${SECRET}"]:1:1\n    password=${SECRET}`)
    const described = describeCause(error)
    expect(described.at?.[0]).toMatch(/describe-cause\.test/)
    expect(described.at?.length).toBeLessThanOrEqual(4)
    expect(JSON.stringify(described.at)).not.toContain(SECRET)
  })

  it('takes secrets out of message, name and code', () => {
    const error = Object.assign(new Error(`password=${SECRET}`), { name: `token=${SECRET}`, code: `secret=${SECRET}` })
    expect(JSON.stringify(describeCause(error))).not.toContain(SECRET)
  })

  it('cuts a long message', () => {
    expect(describeCause(new Error('a '.repeat(5000))).message).toHaveLength(500)
  })

  it.each([
    ['a string', `password=${SECRET}`, { name: 'string', message: 'password=[redacted]' }],
    ['nothing', undefined, { name: 'undefined', message: '' }],
    ['an object', { password: SECRET }, { name: 'object', message: '' }],
  ])('says what it can of %s that was thrown', (_, thrown, expected) => {
    expect(describeCause(thrown)).toEqual(expected)
  })
})
