import { parseRedisUrl } from '../../../src/adapters/redis/parse-redis-url.js'
import { CommandRefused } from '../../../src/errors/operational-errors.js'

const PLAIN = { host: 'cache', port: 6379, username: undefined, password: undefined, database: 0, isTls: false }

describe('the URL of a Redis server', () => {
  it.each([
    ['redis://cache', PLAIN],
    ['redis://cache:7000/', { ...PLAIN, port: 7000 }],
    ['redis://cache/15', { ...PLAIN, database: 15 }],
    ['rediss://cache', { ...PLAIN, isTls: true }],
    ['redis://:p%40ss%2Fword@cache', { ...PLAIN, password: 'p@ss/word' }],
    ['redis://jeton:secret@cache', { ...PLAIN, username: 'jeton', password: 'secret' }],
    ['redis://[::1]:6380', { ...PLAIN, host: '::1', port: 6380 }],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target)
  })

  it.each([
    'hunter2',
    'http://:hunter2@cache',
    'redis://',
    'redis://:hunter2@cache/zero',
    'redis://:hunter2@cache?db=1',
    'redis://:hunter2@cache#1',
    'redis://:%E0%A4%A@cache',
    'redis://:hunter2@cache:99999',
  ])('%s is refused, and not repeated', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(CommandRefused)
    expect(() => parseRedisUrl(url)).toThrow(/^\[redis\] url is not of the form (?!.*(hunter2|%E0))/)
  })
})
