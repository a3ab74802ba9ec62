import type { RevocationEntry } from '../../model/revocation-entry.js'
import { type FromWorker, isToWorker, type ToWorker } from './messages.js'

type Entries = readonly RevocationEntry[]

/** The other processes of this machine that share the port. */
export interface Siblings {
  /** Settled when each of them knows the entries or has ended. Never fails. */
  tell(entries: Entries): Promise<void>
  /** Called with what others have recorded. To be set before anything is read from the database. */
  hear(take: (entries: Entries) => void): void
}

/** The channel to the process that started this one. */
export interface ParentChannel {
  send(message: FromWorker): void
  onMessage(listener: (message: unknown) => void): void
}

/** Where one process serves alone. */
export const NO_SIBLINGS: Siblings = { tell: async () => undefined, hear: () => undefined }

/** `patienceMs`: without the word of the parent after this time it is itself in trouble; the next poll of each sibling tells it then. */
export function createSiblings(parent: ParentChannel, patienceMs: number): Siblings {
  const waiting = new Map<number, () => void>()
  let lastTicket = 0
  let take: (entries: Entries) => void = () => undefined

  function receive(message: ToWorker): void {
    if (message.jeton === 'known') waiting.get(message.ticket)?.()
    if (message.jeton !== 'take') return
    take(message.entries)
    parent.send({ jeton: 'taken', ticket: message.ticket })
  }

  parent.onMessage((message) => {
    if (isToWorker(message)) receive(message)
  })
  return {
    hear(listener) {
      take = listener
      parent.send({ jeton: 'joined' })
    },
    tell(entries) {
      lastTicket += 1
      const ticket = lastTicket
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(patience)
          waiting.delete(ticket)
          resolve()
        }
        const patience = setTimeout(done, patienceMs)
        waiting.set(ticket, done)
        parent.send({ jeton: 'recorded', ticket, entries })
      })
    },
  }
}
