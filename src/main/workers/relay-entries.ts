import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { FromWorker, ToWorker } from './messages.js'

/** A worker, as the process that started it sees it. */
export interface Member {
  send(message: ToWorker): void
  /** Ends it at once: it cannot be trusted to know what the others know. */
  kill(): void
}

export interface Relay {
  receive(member: Member, message: FromWorker): void
  /** The process has ended: nobody waits for it any more. */
  leave(member: Member): void
}

interface Round {
  readonly author: Member
  readonly ticket: number
  readonly awaited: Set<Member>
  readonly tooLate: NodeJS.Timeout
}

/**
 * Passes what one worker has recorded to all the others, and tells it when each of them has taken it or has ended.
 * One that has not within `withinMs` is ended: after an answer no process of this machine may accept what was revoked by it.
 */
export function createRelay(withinMs: number): Relay {
  const members = new Set<Member>()
  const rounds = new Map<number, Round>()
  let lastRound = 0

  function begin(author: Member, ticket: number, entries: readonly RevocationEntry[]): void {
    lastRound += 1
    const awaited = new Set([...members].filter((member) => member !== author))
    const tooLate = setTimeout(() => {
      for (const member of awaited) member.kill()
    }, withinMs)
    rounds.set(lastRound, { author, ticket, awaited, tooLate })
    for (const member of awaited) member.send({ jeton: 'take', ticket: lastRound, entries })
    settle(lastRound)
  }

  function settle(number: number, gone?: Member): void {
    const round = rounds.get(number)
    if (round === undefined) return
    if (gone !== undefined) round.awaited.delete(gone)
    if (round.awaited.size > 0) return
    clearTimeout(round.tooLate)
    rounds.delete(number)
    if (members.has(round.author)) round.author.send({ jeton: 'known', ticket: round.ticket })
  }

  return {
    receive(member, message) {
      if (message.jeton === 'joined') members.add(member)
      if (message.jeton === 'recorded') begin(member, message.ticket, message.entries)
      if (message.jeton === 'taken') settle(message.ticket, member)
    },
    leave(member) {
      members.delete(member)
      for (const number of [...rounds.keys()]) settle(number, member)
    },
  }
}
