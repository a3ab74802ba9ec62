import type { RevocationEntry } from '../model/revocation-entry.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import { instant, kindOf, object, whole } from './wire-values.js'

/** A line end would make two canonical forms look alike. */
const CLIENT = /^[^\n]{1,255}$/u

/** `{"seq","kind","id","cutoff","expires","client"}`: no `id` for `all`, no `cutoff` where everything matches; whole epoch seconds. */
export function formatEntry(entry: RevocationEntry): string {
  const { seq, kind, id, cutoff, expires, client } = entry
  return JSON.stringify({ seq, kind, id: kind === 'all' ? undefined : id, cutoff, expires, client })
}

/** Unknown fields are passed over: the format may gain some. @throws MalformedFeedMessage */
export function parseEntry(value: unknown): RevocationEntry {
  const { seq, kind: named, id = '', cutoff, expires, client } = object(value)
  const kind = kindOf(named)
  if (typeof id !== 'string' || (id === '') !== (kind === 'all')) throw new MalformedFeedMessage('an entry without id, or one for all with an id')
  const entry = { seq: whole(seq, 1), kind, id, cutoff: cutoff === undefined ? undefined : instant(cutoff), expires: instant(expires) }
  return client === undefined ? entry : { ...entry, client: clientOf(client) }
}

/** @throws MalformedFeedMessage */
export function clientOf(value: unknown): string {
  if (typeof value !== 'string' || !CLIENT.test(value)) throw new MalformedFeedMessage('a client that is no client_id')
  return value
}

/** @throws MalformedFeedMessage when one is not of its form, or they are out of order. */
export function parseEntries(value: unknown): readonly RevocationEntry[] {
  if (!Array.isArray(value)) throw new MalformedFeedMessage('entries that are no list')
  let last = 0
  return value.map((one) => {
    const entry = inOrder(parseEntry(one), last)
    last = entry.seq
    return entry
  })
}

/** @throws MalformedFeedMessage when the entry does not come after the place `last`. */
export function inOrder(entry: RevocationEntry, last: number): RevocationEntry {
  if (entry.seq <= last) throw new MalformedFeedMessage('an entry out of order')
  return entry
}
