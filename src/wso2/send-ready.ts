import { pauseAfter } from './channel-state.js'
import { type PostEvent, type PostOutcome, sendLine } from './send-line.js'
import type { Waiting } from './send-queue.js'
import { isFresh, type Round, tellExpired } from './sending.js'
import { isOver } from './translate.js'

/** Lines that the others do not wait for: as many as are remembered one by one. */
export const MOST_LATE = 500
const ATTEMPTS_BEFORE_LATE = 5
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const LONGEST_LATE_PAUSE_MS = 600_000
const RECEIVER = 'WSO2 control plane'

/** Begins to send what is due, as much at once as the receiver can be asked. */
export function sendReady(round: Round): void {
  const { queue, channel, underWay } = round.sending
  const nowMs = round.needs.clock.nowMs()
  queue.followLate(MOST_LATE)
  for (const waiting of queue.ready(nowMs)) {
    if (underWay.size >= channel.room(nowMs)) return
    waiting.isUnderWay = true
    const run: Promise<void> = sendOne(waiting, round).finally(() => {
      waiting.isUnderWay = false
      underWay.delete(run)
    })
    underWay.add(run)
  }
}

async function sendOne(waiting: Waiting, round: Round): Promise<void> {
  const { sending, needs } = round
  if (isOver(waiting.line, needs.clock.now())) return giveUp(waiting, round)
  const post: PostEvent = async (body) => {
    if (!isFresh(sending, needs)) return { kind: 'failed', cause: new Error('the lease was not renewed in time') }
    const outcome = await needs.post(body)
    needs.events({ type: 'wso2_event_posted', outcome: outcome.kind })
    return outcome
  }
  try {
    settle(waiting, await sendLine(waiting, { ...needs, post, told: sending.told }), round)
  } catch (error) {
    sending.lost = error instanceof Error ? error : new Error(String(error))
  }
}

function giveUp(waiting: Waiting, { sending, needs }: Round): void {
  sending.queue.remove(waiting)
  tellExpired(1, needs)
}

function settle(waiting: Waiting, outcome: PostOutcome, round: Round): void {
  const { queue, channel } = round.sending
  if (outcome.kind !== 'taken') {
    postpone(waiting, outcome, round)
    return
  }
  queue.remove(waiting)
  if (channel.failures > 0) resume(round)
  channel.succeeded()
}

/** What fails while others are taken, or is refused, fails for a reason of its own, and is set aside after a while. */
function postpone(waiting: Waiting, { kind, cause }: Exclude<PostOutcome, { readonly kind: 'taken' }>, { sending, needs }: Round): void {
  const { queue, channel } = sending
  const nowMs = needs.clock.nowMs()
  if (waiting.attempts === 0) waiting.takenBefore = channel.taken
  waiting.attempts++
  const isItsOwnFault = kind === 'refused' || channel.taken > waiting.takenBefore
  if (isItsOwnFault && !waiting.isLate && waiting.attempts >= ATTEMPTS_BEFORE_LATE && queue.lateCount < MOST_LATE) {
    waiting.isLate = true
    needs.events({ type: 'wso2_event_set_aside', entry: waiting.line.entry, attempts: waiting.attempts, cause })
  }
  waiting.dueMs = nowMs + pauseAfter(waiting.attempts, FIRST_PAUSE_MS, waiting.isLate ? LONGEST_LATE_PAUSE_MS : LONGEST_PAUSE_MS)
  if (kind === 'refused' || waiting.isLate) return
  channel.failed(nowMs)
  needs.events({ type: 'store_unavailable', store: RECEIVER, cause })
}

/** It is back: what waits only because it was away goes at once. */
function resume({ sending, needs }: Round): void {
  for (const waiting of sending.queue.all()) if (!waiting.isLate) waiting.dueMs = 0
  needs.events({ type: 'store_answers_again', store: RECEIVER })
}
