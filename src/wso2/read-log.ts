import type { LoggedRevocation } from '../stores/outbox-store.js'
import { type Round, tellExpired } from './sending.js'
import { isOver, translate } from './translate.js'

/** Lines in memory that are not late. */
const MOST_WAITING = 500
/** A new epoch numbers from far ahead: nothing is missing there. */
const NEW_EPOCH_GAP = 2 ** 31

/** Takes in what the log has behind the place that was read last, as far as there is room. @throws StoreUnavailable */
export async function readLog(round: Round): Promise<void> {
  const { sending, needs } = round
  const head = needs.head()
  const room = MOST_WAITING - (sending.queue.size - sending.queue.lateCount)
  if (room <= 0 || (sending.isAtEnd && head <= sending.readTo)) return
  const lines = await needs.store.since({ seq: sending.readTo, limit: room })
  if (!sending.isFirst) tellExpired(gapsIn(sending.readTo, lines), needs)
  takeIn(lines, false, round)
  sending.isAtEnd = lines.length < room
  const last = lines.at(-1)?.entry.seq ?? sending.readTo
  // Whatever stood before the head was there when the log was read.
  sending.readTo = sending.isAtEnd ? Math.max(last, head) : last
  if (sending.isAtEnd) sending.isFirst = false
}

/** Takes in what the process before has set aside. @throws StoreUnavailable */
export async function readLate(places: readonly number[], round: Round): Promise<void> {
  if (places.length === 0) return
  const lines = await round.needs.store.at(places)
  tellExpired(places.length - lines.length, round.needs)
  takeIn(lines, true, round)
}

/** How many have left the log between these. */
function gapsIn(from: number, lines: readonly LoggedRevocation[]): number {
  let [gaps, at] = [0, from]
  for (const { entry } of lines) {
    if (entry.seq - at < NEW_EPOCH_GAP) gaps += entry.seq - at - 1
    at = entry.seq
  }
  return gaps
}

function takeIn(lines: readonly LoggedRevocation[], isLate: boolean, { sending, needs, settings }: Round): void {
  const now = needs.clock.now()
  const live = lines.filter((line) => !isOver(line, now))
  if (!sending.isFirst) tellExpired(lines.length - live.length, needs)
  for (const line of live) {
    const translation = translate(line, settings)
    if (translation.kind !== 'untold') sending.queue.add(line, translation, isLate)
    else if (translation.reason !== 'grant_events_off') needs.events({ type: 'wso2_event_untold', entry: line.entry, reason: translation.reason })
  }
}
