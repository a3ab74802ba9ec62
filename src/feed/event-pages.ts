import type { FeedPosition } from '../verification/feed-position.js'
import { CHANGES_AT_ONCE, type Changes } from './changes.js'
import { type EventPage, writePage } from './event-page.js'
import { type RevocationEvents, toEvents } from './subscriber.js'

/** What came after a position, written once for all who have missed it: a partition ends for all gateways behind it at once. */
export interface EventPages {
  /**
   * The next entries after `position`, without gaps; none at the head.
   * @returns `resync` where {@link Changes.after} does. @throws StoreUnavailable
   */
  after(position: FeedPosition): Promise<RevocationEvents | 'resync'>
  /** The changes have taken note of everything up to this place. */
  publish(last: FeedPosition): void
}

/** A page ends at each multiple of this, so that all are told the same pages wherever they begin. */
const PAGE = CHANGES_AT_ONCE

/** What is held of one epoch of the log, which never changes but by growing: pages by number, the one that was used last behind the others. */
interface Held {
  readonly epoch: string
  readonly pages: Map<number, EventPage>
  readonly writing: Map<number, Promise<EventPage | undefined>>
  bytes: number
  /** The first that was not full when it was looked at last; undefined while nobody has asked. */
  next: number | undefined
}

const nothing = (epoch: string): Held => ({ epoch, pages: new Map(), writing: new Map(), bytes: 0, next: undefined })

/**
 * From the first time that anybody asks on, each page is written when it is full: what is missed in a partition has neither to be read nor to be written
 * when many come back. Older ones are read when they are asked for, once for all who do at the same time.
 * @param mostBytes how much is held. The pages that were not used for longest go first.
 */
export function createEventPages(changes: Changes, mostBytes: number): EventPages {
  let held = nothing('')

  function of(epoch: string): Held {
    if (held.epoch !== epoch) held = nothing(epoch)
    return held
  }

  /** @returns undefined where the page does not begin, since that was trimmed. */
  async function write(into: Held, number: number): Promise<EventPage | undefined> {
    const { epoch } = into
    const entries = await changes.after({ epoch, seq: number * PAGE })
    if (entries === 'resync' || entries.length === 0) return undefined
    const page = writePage(epoch, entries)
    keep(into, { number, page, mostBytes })
    return page
  }

  /** @returns undefined where there is none, or no need for one since what was asked for is in memory, though not all of its page. */
  function take(from: Held, seq: number, head: number): EventPage | undefined | Promise<EventPage | undefined> {
    const number = Math.floor(seq / PAGE)
    const page = from.pages.get(number)
    if (page?.last === Math.min(head, (number + 1) * PAGE)) {
      keep(from, { number, page, mostBytes })
      return page
    }
    if (changes.inMemory(number * PAGE).length === 0 && changes.inMemory(seq).length > 0) return undefined
    const { writing } = from
    const one = writing.get(number) ?? write(from, number).finally(() => writing.delete(number))
    writing.set(number, one)
    return one
  }

  return {
    async after(position) {
      const { epoch, seq } = position
      const head = changes.headFor(position)
      if (head === 'resync') return 'resync'
      const from = of(epoch)
      from.next ??= Math.floor(head / PAGE)
      const page = seq === head ? undefined : await take(from, seq, head)
      if (page !== undefined && page.last > seq) return page.after(seq)
      const entries = await changes.after(position)
      return entries === 'resync' ? 'resync' : toEvents(epoch, entries)
    },
    publish({ epoch, seq }) {
      fill(of(epoch), seq, { changes, mostBytes })
    },
  }
}

/** Writes the pages that have become full. */
function fill(into: Held, seq: number, { changes, mostBytes }: { readonly changes: Changes; readonly mostBytes: number }): void {
  if (into.next === undefined) return
  for (; (into.next + 1) * PAGE <= seq; into.next++) {
    const entries = changes.inMemory(into.next * PAGE)
    if (entries.length === PAGE) keep(into, { number: into.next, page: writePage(into.epoch, entries), mostBytes })
  }
}

interface Keeping {
  readonly number: number
  readonly page: EventPage
  readonly mostBytes: number
}

function keep(into: Held, { number, page, mostBytes }: Keeping): void {
  const { pages } = into
  into.bytes += page.bytes - (pages.get(number)?.bytes ?? 0)
  pages.delete(number)
  pages.set(number, page)
  for (const [oldest, { bytes }] of pages) {
    if (into.bytes <= mostBytes) return
    pages.delete(oldest)
    into.bytes -= bytes
  }
}
