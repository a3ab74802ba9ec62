import { randomUUID } from 'node:crypto'
import type { Bus } from '../../stores/bus.js'
import { type BusMessage, formatBusMessage, type Mac, parseBusMessage } from './bus-message.js'
import type { RedisConnection } from './connect-redis.js'

/** As many as one commit of revocations holds. */
const MOST_ENTRIES = 500
/** Messages under way; what comes beyond is left to the poll of the others. */
const MOST_UNDER_WAY = 1000

type Said = BusMessage extends infer One ? (One extends BusMessage ? Omit<One, 'from'> : never) : never

/** A bus over publish and subscribe. Nothing is kept in Redis: who was not there asks the database. */
export function createRedisBus(redis: RedisConnection, mac: Mac): Bus {
  const channel = redis.key('bus')
  const self = randomUUID()
  const underWay = new Set<Promise<unknown>>()
  let rejected = 0

  function say(message: Said): void {
    if (underWay.size >= MOST_UNDER_WAY) return
    const sent = redis
      .attempt('publish', (commands) => commands.publish(channel, formatBusMessage({ ...message, from: self } as BusMessage, channel, mac)))
      .finally(() => underWay.delete(sent))
    underWay.add(sent)
  }

  return {
    publish(epoch, entries) {
      for (let at = 0; at < entries.length; at += MOST_ENTRIES) say({ kind: 'entries', epoch, entries: entries.slice(at, at + MOST_ENTRIES) })
    },
    changed: (what) => say({ kind: 'changed', what }),
    listen(listener) {
      redis.hear(channel, {
        onMessage(text) {
          const message = hear(text)
          if (message === undefined || message.from === self) return
          if (message.kind === 'changed') listener.onChanged(message.what)
          else listener.onEntries(message.epoch, message.entries)
        },
        onState: (state) => listener.onState(state),
      })
    },
    state: () => redis.state(),
    async close() {
      await Promise.all(underWay)
    },
    rejected: () => rejected,
  }

  function hear(text: string): BusMessage | undefined {
    try {
      const message = parseBusMessage(text, channel, mac)
      if (message === undefined) rejected += 1
      return message
    } catch {
      // As long as the keys are not loaded nobody can be told from anybody else; the first poll is still to come.
      return undefined
    }
  }
}
