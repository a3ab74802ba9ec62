import type { LoggedRevocation, OutboxPosition } from '../stores/outbox-store.js'
import type { Translation } from './translate.js'

/** A line that is still to be told. */
export interface Waiting {
  readonly line: LoggedRevocation
  readonly translation: Exclude<Translation, { readonly kind: 'untold' }>
  attempts: number
  /** Not before, in milliseconds since 1970. */
  dueMs: number
  isUnderWay: boolean
  /** The rest of the log does not wait for it any more. */
  isLate: boolean
  /** How many lines had been taken when this one failed first. */
  takenBefore: number
  /** Where an event for each client goes on: behind this one. */
  afterClient: string
}

/** Lines in the order of the log, of which several may be told at a time: those of one entity one after the other. */
export interface SendQueue {
  readonly size: number
  readonly lateCount: number
  add(line: LoggedRevocation, translation: Waiting['translation'], isLate: boolean): void
  /** Lets nobody wait for what stands behind a late one of its entity: it is late too, or takes that one's place. */
  followLate(most: number): void
  /** What may be sent now, what failed least first. */
  ready(nowMs: number): readonly Waiting[]
  /** It is told, or never will be. */
  remove(waiting: Waiting): void
  /** Where the outbox stands when the log has been read up to `readTo`. */
  position(readTo: number): OutboxPosition
  all(): Iterable<Waiting>
  /** When the oldest was revoked, in seconds since 1970; undefined when nothing waits. */
  oldest(): number | undefined
}

export function createSendQueue(): SendQueue {
  const waiting = new Map<number, Waiting>()
  const countLate = (): number => [...waiting.values()].filter(({ isLate }) => isLate).length
  const firstInTime = (): Waiting | undefined => [...waiting.values()].find(({ isLate }) => !isLate)
  return {
    get size() {
      return waiting.size
    },
    get lateCount() {
      return countLate()
    },
    add(line, translation, isLate) {
      waiting.set(line.entry.seq, {
        line,
        translation,
        attempts: 0,
        dueMs: 0,
        isUnderWay: false,
        isLate,
        takenBefore: 0,
        afterClient: '',
      })
    },
    followLate: (most) => followLate(waiting, most),
    ready: (nowMs) =>
      [...heads(waiting.values())]
        .filter(({ isUnderWay, dueMs }) => !isUnderWay && dueMs <= nowMs)
        .sort((one, other) => one.attempts - other.attempts),
    remove: ({ line }) => void waiting.delete(line.entry.seq),
    position(readTo) {
      const first = firstInTime()
      const seq = first === undefined ? readTo : first.line.entry.seq - 1
      const late = [...waiting.values()].filter(({ isLate, line }) => isLate && line.entry.seq <= seq).map(({ line }) => line.entry.seq)
      return { seq, late }
    },
    all: () => [...waiting.values()],
    oldest: () => [...waiting.values()].reduce<number | undefined>((least, { line }) => Math.min(least ?? line.createdAt, line.createdAt), undefined),
  }
}

function followLate(all: Map<number, Waiting>, most: number): void {
  const late = new Map<string, Waiting>()
  let room = most - [...all.values()].filter(({ isLate }) => isLate).length
  for (const waiting of all.values()) {
    const { translation } = waiting
    if (translation.kind === 'every client') continue
    const before = late.get(translation.entity)
    if (before !== undefined && !before.isUnderWay && !waiting.isUnderWay && makesNeedless(waiting, before)) {
      all.delete(before.line.entry.seq)
      Object.assign(waiting, { isLate: true, attempts: before.attempts, dueMs: before.dueMs })
    } else if (before !== undefined && !waiting.isLate && room > 0) {
      waiting.isLate = true
      room--
    }
    if (waiting.isLate) late.set(translation.entity, waiting)
  }
}

/** Whether a receiver that hears the newer one alone knows all that it would know from both. */
function makesNeedless(newer: Waiting, older: Waiting): boolean {
  return newer.line.entry.kind !== 'grant' || timeOf(newer) >= timeOf(older)
}

function timeOf({ translation }: Waiting): number {
  return translation.kind === 'event' && 'revocationTime' in translation.body ? translation.body.revocationTime : 0
}

/**
 * The first line of each entity. One that concerns every client waits for all before it, and all behind it wait for it; except
 * that nobody waits for a late one of another entity.
 */
function* heads(inOrder: Iterable<Waiting>): Iterable<Waiting> {
  const met = new Set<string>()
  let isFirst = true
  for (const waiting of inOrder) {
    const { translation, isLate } = waiting
    if (translation.kind === 'every client') {
      if (isFirst || isLate) yield waiting
      if (!isLate) return
      continue
    }
    if (!isLate) isFirst = false
    if (met.has(translation.entity)) continue
    met.add(translation.entity)
    yield waiting
  }
}
