import type { Feed } from '../../src/feed/create-feed.js'
import type { FeedSigner } from '../../src/feed/feed-signer.js'
import type { ReadLog, RevocationView } from '../../src/feed/revocation-view.js'
import type { StreamSink } from '../../src/feed/subscriber.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { type Clock, epochSeconds } from '../../src/model/time.js'
import type { EntryWalk } from '../../src/verification/revocation-set.js'

export const EPOCH = '1763680000000'
export const START = 1_763_690_000

/** A process's knowledge of a log, and the log. */
export function logInMemory() {
  const entries: RevocationEntry[] = []
  const now = { ms: START * 1000 }
  const known = { epoch: EPOCH as string | undefined, trimmedTo: 0, confirmedAtMs: START * 1000 - 200, isAway: false, reads: 0 }
  const clock: Clock = { nowMs: () => now.ms, now: () => epochSeconds(Math.floor(now.ms / 1000)) }
  const view: RevocationView = {
    epoch: () => known.epoch,
    seq: () => entries.length,
    confirmedAtMs: () => known.confirmedAtMs,
    trimmedTo: () => known.trimmedTo,
    walk: () => walkOver(entries),
  }
  const readLog: ReadLog = async (seq, limit) => {
    known.reads++
    if (known.isAway) throw new Error('the log is away')
    return entries
      .slice(seq)
      .filter((one) => one.seq > known.trimmedTo)
      .slice(0, limit)
  }
  /** Writes entries, and tells the feed of them if one is given. */
  function write(count: number, feed?: Feed, parts: Partial<RevocationEntry> = {}): readonly RevocationEntry[] {
    const written = Array.from({ length: count }, (_, at) => entryAt(entries.length + 1 + at, parts))
    for (const one of written) entries.push(one)
    feed?.publish(written)
    return written
  }
  return { entries, now, known, clock, view, readLog, write, nextTurn: settle, rest: settle, signer: countingSigner() }
}

/** Signs with the number of the signature. */
export function countingSigner(): FeedSigner & { made: string[] } {
  const made: string[] = []
  return {
    issuer: 'https://id.example.test',
    made,
    sign: (type, content) => `${type}..${made.push(content)}`,
  }
}

function walkOver(entries: readonly RevocationEntry[]): EntryWalk {
  let at = 0
  return {
    take(limit) {
      const taken = entries.slice(at, at + limit)
      at += taken.length
      return taken
    },
    end: () => undefined,
  }
}

export function entryAt(seq: number, parts: Partial<RevocationEntry> = {}): RevocationEntry {
  return { seq, kind: 'token', id: `token-${seq}`, cutoff: undefined, expires: epochSeconds(START + 3600), ...parts }
}

/** What a subscriber was sent. `text` up to `taken` is gone to the network. */
export function collectingSink() {
  const state = { text: '', buffered: 0, isEnded: false, isCut: false, takesNothing: false }
  const sink: StreamSink = {
    write(bytes) {
      state.text += bytes.toString()
      if (state.takesNothing) state.buffered += bytes.length
    },
    bufferedBytes: () => state.buffered,
    drained: async () => undefined,
    end() {
      state.isEnded = true
    },
    cut() {
      state.isCut = true
    },
  }
  const seqs = (): number[] => [...state.text.matchAll(/^id: \d+:(\d+)$/gm)].map(([, seq]) => Number(seq))
  const heartbeats = (): number => state.text.split('event: heartbeat').length - 1
  return { state, sink, seqs, heartbeats }
}

/** Lets everything that is ready happen. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
