import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { describeOutage, diagnoseOutage } from '../../src/main/diagnose-outage.js'

const SECRET = 'hunter2'
const failing = (fields: object): Error => Object.assign(new Error(`failed with ${SECRET}`), fields)
const outage = (cause: unknown): StoreUnavailable => new StoreUnavailable('database', { cause })

describe('what is said of a database that does not answer', () => {
  it.each([
    ['a wrong password of PostgreSQL', failing({ code: '28P01' }), 'refuses the user or the password'],
    ['a wrong password of MySQL', failing({ errno: 1045 }), 'refuses the user or the password'],
    ['a database that is not there', failing({ code: '3D000' }), 'is not there: the server has no database of that name'],
    ['too many connections of PostgreSQL', failing({ code: '53300' }), 'takes no more connections'],
    ['too many connections of MySQL', failing({ errno: 1040 }), 'takes no more connections'],
    ['a replica', failing({ code: '25006' }), 'is read-only'],
    ['a server that is not there', failing({ code: 'ECONNREFUSED' }), 'cannot be reached'],
    ['a name that nobody knows', failing({ code: 'ENOTFOUND' }), 'has a host name that cannot be resolved'],
    ['a schema that is not there', failing({ code: '42P01' }), 'lacks a table'],
    ['what nobody has thought of', failing({}), 'does not answer'],
    ['nothing', undefined, 'does not answer'],
  ])('%s', (_, cause, message) => {
    expect(diagnoseOutage(outage(cause)).message).toBe(message)
  })

  it('a server that is too old, by the version', () => {
    const { message } = diagnoseOutage(outage(new Error('PostgreSQL 12 is too old: Jeton needs 14 or newer')))
    expect(message).toBe('cannot be used: PostgreSQL 12 is too old: Jeton needs 14 or newer')
  })

  it('is found however deep drivers and Prisma have wrapped it, and without an end', () => {
    const inner = failing({ cause: { kind: 'AuthenticationFailed', originalCode: '28P01' } })
    const looping: { cause?: unknown } = failing({ code: 'P2010', meta: { driverAdapterError: inner } })
    looping.cause = looping
    expect(diagnoseOutage(outage(looping)).message).toBe('refuses the user or the password')
    expect(diagnoseOutage(outage(new AggregateError([failing({ code: 'ECONNREFUSED' })]))).message).toBe('cannot be reached')
  })

  it('is one sentence that says what to do and never what the driver said', () => {
    const sentence = describeOutage(outage(failing({ code: '28P01' })))
    expect(sentence).toBe(
      'the database refuses the user or the password: correct username and password in [database.identity_db] ("jeton doctor" checks it)',
    )
    expect(JSON.stringify(diagnoseOutage(outage(failing({}))))).not.toContain(SECRET)
  })

  it('is what was said at the point of knowledge, where there is no cause', () => {
    expect(describeOutage(new StoreUnavailable('the database (another process uses x)'))).toBe('the database (another process uses x) cannot answer')
  })
})
