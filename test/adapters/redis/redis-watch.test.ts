import { RedisFailure } from '../../../src/adapters/redis/redis-failure.js'
import { createRedisWatch } from '../../../src/adapters/redis/redis-watch.js'
import type { BusinessEvent } from '../../../src/model/event.js'

const cause = new RedisFailure(new Error('connect ECONNREFUSED'))

function createStage() {
  const events: BusinessEvent[] = []
  const watch = createRedisWatch((event) => void events.push(event))
  return { watch, told: () => events.map(({ type }) => type) }
}

describe('the watch over Redis', () => {
  it('is up once every connection is ready, and has nothing to say about that', () => {
    const { watch, told } = createStage()
    for (const connection of ['commands', 'listening']) watch.expect(connection)
    watch.ready('commands')
    expect(watch.isUp()).toBe(false)
    watch.ready('listening')
    expect(watch.isUp()).toBe(true)
    expect(told()).toEqual([])
  })

  it('tells of an outage once, however many connections and commands meet it, and of its end when all is back', () => {
    const { watch, told } = createStage()
    for (const connection of ['commands', 'listening']) watch.gone(connection, cause)
    for (let attempt = 0; attempt < 5; attempt += 1) watch.failed('publish', cause)
    watch.gone('commands', cause)
    watch.ready('commands')
    expect(told()).toEqual(['store_unavailable'])
    watch.ready('listening')
    expect(told()).toEqual(['store_unavailable', 'store_answers_again'])
    watch.gone('commands', cause)
    expect(told()).toHaveLength(3)
  })

  it('takes any answer for the end of silence', () => {
    const { watch } = createStage()
    watch.failed('publish', cause)
    expect(watch.isUp()).toBe(false)
    watch.succeeded('ping')
    expect(watch.isUp()).toBe(true)
  })
})

describe('what went wrong with Redis', () => {
  it('keeps the code, and not what was sent', () => {
    const thrown = Object.assign(new Error('WRONGPASS'), { code: 'ENOTHING', command: { name: 'auth', args: ['hunter2'] } })
    const failure = new RedisFailure(thrown)
    expect(failure).toMatchObject({ message: 'WRONGPASS', code: 'ENOTHING', isRefusal: false })
    expect(JSON.stringify(Object.entries(failure))).not.toContain('hunter2')
    expect(failure.cause).toBeUndefined()
  })

  it('says of a cluster why its last node did not answer', () => {
    const thrown = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error('connect ECONNREFUSED') })
    expect(new RedisFailure(thrown).message).toBe('Failed to refresh slots cache.: connect ECONNREFUSED')
  })
})
