import type { EventSink } from '../../stores/event-sink.js'
import type { RedisFailure } from './redis-failure.js'

/** Knows whether Redis is there, and says once when it goes away and once when it is back. */
export interface RedisWatch {
  expect(connection: string): void
  ready(connection: string): void
  gone(connection: string, cause: RedisFailure): void
  succeeded(task: string): void
  failed(task: string, cause: RedisFailure): void
  isUp(): boolean
}

const ANSWER = 'an answer'

export function createRedisWatch(events: EventSink): RedisWatch {
  const missing = new Set<string>()
  let isTold = false

  function tell(cause?: RedisFailure): void {
    if (cause !== undefined && !isTold) {
      isTold = true
      events({ type: 'store_unavailable', store: 'redis', cause })
    }
    if (isTold && missing.size === 0) {
      isTold = false
      events({ type: 'store_answers_again', store: 'redis' })
    }
  }

  function found(...things: readonly string[]): void {
    for (const thing of things) missing.delete(thing)
    tell()
  }

  return {
    expect: (connection) => void missing.add(connection),
    ready: (connection) => found(connection, ANSWER),
    gone(connection, cause) {
      missing.add(connection)
      tell(cause)
    },
    succeeded: (task) => found(task, ANSWER),
    failed(task, cause) {
      // A refusal is of this task alone, and another task that succeeds says nothing about it.
      missing.add(cause.isRefusal ? task : ANSWER)
      tell(cause)
    },
    isUp: () => missing.size === 0,
  }
}
