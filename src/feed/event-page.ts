import type { RevocationEntry } from '../model/revocation-entry.js'
import { formatRevocationEvent } from '../verification/feed-message.js'
import type { RevocationEvents } from './subscriber.js'

/** Some entries as they go over the wire, written once for everybody who has missed them. */
export interface EventPage {
  /** Place of the last of them. */
  readonly last: number
  /** How much memory it takes. */
  readonly bytes: number
  /** Those behind `seq`, which is that of one of them, or just before the first. Nothing is written again. */
  after(seq: number): RevocationEvents
}

/** @param entries at least one, without gaps. */
export function writePage(epoch: string, entries: readonly RevocationEntry[]): EventPage {
  const texts = entries.map((entry) => formatRevocationEvent(epoch, entry))
  const written = Buffer.from(texts.join(''))
  const starts = startsOf(texts)
  const first = entries[0]?.seq ?? 0
  const last = first + entries.length - 1
  return {
    last,
    bytes: written.length + starts.byteLength,
    after(seq) {
      const bytes = written.subarray(starts[seq + 1 - first] ?? written.length)
      return { each: [], whole: seq < last ? { first: seq + 1, last, bytes } : undefined }
    },
  }
}

/** Where each of them begins, in bytes. */
function startsOf(texts: readonly string[]): Uint32Array {
  const starts = new Uint32Array(texts.length)
  let at = 0
  for (const [index, text] of texts.entries()) {
    starts[index] = at
    at += Buffer.byteLength(text)
  }
  return starts
}
