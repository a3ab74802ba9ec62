import type { Random } from '../chaos/random.js'
import { type Book, type Held, hashOf, type Lane, type Pair } from './book.js'
import { type Outcome, pairIn, type Send } from './requests.js'

const CLIENT_CREDENTIALS = { grant_type: 'client_credentials' }

/** One thing that a client does, and what it then may rely on. One event, or two where two requests go out at once. */
export async function playEvent(
  lane: Lane,
  { send, book, random }: { readonly send: Send; readonly book: Book; readonly random: Random },
): Promise<void> {
  const { holds } = lane
  // Until the answer is there, and for good where it never comes.
  lane.holds = 'unknown'
  if (typeof holds === 'string') return random.chance(0.15) ? issueTwice(lane, send, book) : issue(lane, holds, { send, book })
  if (random.chance(0.2)) return issue(lane, holds, { send, book })
  if (random.chance(0.65)) return refresh(lane, holds, { send, book })
  return revoke(lane, holds, { send, book, by: holds.isRevoked || random.chance(0.5) ? 'refresh' : 'access' })
}

interface Around {
  readonly send: Send
  readonly book: Book
}

async function issue(lane: Lane, before: Lane['holds'], { send, book }: Around): Promise<void> {
  book.events.issue += 1
  const outcome = await send(lane, '/oauth2/token', { ...CLIENT_CREDENTIALS, scope: lane.scope })
  const pair = take(outcome, 'an issue', book)
  if (pair === undefined) return
  if (typeof before !== 'string' && !before.isRevoked) book.ended.set(before.hash, undefined)
  lane.holds = hold(pair, book)
}

/** Both are answered, and one of them has the place. */
async function issueTwice(lane: Lane, send: Send, book: Book): Promise<void> {
  book.events.issue += 2
  const form = { ...CLIENT_CREDENTIALS, scope: lane.scope }
  const outcomes = await Promise.all([send(lane, '/oauth2/token', form), send(lane, '/oauth2/token', form)])
  for (const outcome of outcomes) {
    const pair = take(outcome, 'one of two issues at once', book)
    if (pair !== undefined) hold(pair, book)
  }
}

async function refresh(lane: Lane, held: Held, { send, book }: Around): Promise<void> {
  book.events.refresh += 1
  const outcome = await send(lane, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: held.pair.refresh })
  const pair = take(outcome, 'a refresh', book)
  if (pair === undefined) return
  if (!held.isRevoked) book.ended.set(held.hash, 'INACTIVE')
  lane.holds = hold(pair, book)
}

async function revoke(lane: Lane, held: Held, { send, book, by }: Around & { readonly by: 'access' | 'refresh' }): Promise<void> {
  book.events.revoke += 1
  const outcome = await send(lane, '/oauth2/revoke', { token: held.pair[by] })
  if (outcome === 'unknown') {
    book.unknown += 1
    return
  }
  if (outcome.status !== 200) {
    book.wrong.push(`a revocation was answered with ${outcome.status} ${String(outcome.body.error ?? '')}`)
    return
  }
  if (!held.isRevoked) book.ended.set(held.hash, 'REVOKED')
  lane.holds = by === 'refresh' ? 'nothing' : { ...held, isRevoked: true }
}

function take(outcome: Outcome, what: string, book: Book): Pair | undefined {
  if (outcome !== 'unknown') return pairIn(outcome, what, book)
  book.unknown += 1
  book.unknownInserts += 1
  return undefined
}

function hold(pair: Pair, book: Book): Held {
  const hash = hashOf(pair.access)
  book.issued.add(hash)
  return { pair, hash, isRevoked: false }
}
