import { timingSafeEqual } from 'node:crypto'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { ChangedThing } from '../../stores/bus.js'
import { parseEntry } from '../../verification/feed-entry.js'

/** Authenticates a text: the same for the same text at every node, and to be had by nobody else. @throws StoreUnavailable before the keys are loaded. */
export type Mac = (text: string) => string

export type BusMessage = { readonly from: string } & (
  | { readonly kind: 'entries'; readonly epoch: number; readonly entries: readonly RevocationEntry[] }
  | { readonly kind: 'changed'; readonly what: ChangedThing }
)

/** Some eight hundred entries with the longest ids. */
const LONGEST_TEXT = 512 * 1024
const CHANGED_THINGS: readonly ChangedThing[] = ['clients', 'users', 'keys']

/** `<mac>.<JSON>`: what is authenticated is the JSON together with the channel. @throws StoreUnavailable */
export function formatBusMessage(message: BusMessage, channel: string, mac: Mac): string {
  const json = JSON.stringify(message, (key, value) => (key === 'entries' ? value.map(wireEntry) : value))
  return `${mac(`${channel}\n${json}`)}.${json}`
}

/** @returns undefined for whatever no node of this Jeton can have said. @throws StoreUnavailable */
export function parseBusMessage(text: string, channel: string, mac: Mac): BusMessage | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  const end = text.indexOf('.')
  const json = text.slice(end + 1)
  if (end < 0 || !isSame(text.slice(0, end), mac(`${channel}\n${json}`))) return undefined
  try {
    return parseMessage(JSON.parse(json))
  } catch {
    // Authentic, and of a form that only another version knows.
    return undefined
  }
}

/** No `id` for `all`, no `cutoff` where everything matches, as in the feed. */
function wireEntry({ seq, kind, id, cutoff, expires, client }: RevocationEntry): object {
  return { seq, kind, id: kind === 'all' ? undefined : id, cutoff, expires, client }
}

function parseMessage(value: Readonly<Record<string, unknown>>): BusMessage | undefined {
  const { from, kind, epoch, entries, what } = value
  if (typeof from !== 'string') return undefined
  if (kind === 'changed') {
    const changed = CHANGED_THINGS.find((thing) => thing === what)
    return changed && { from, kind, what: changed }
  }
  if (kind !== 'entries' || !Number.isSafeInteger(epoch) || !Array.isArray(entries) || entries.length === 0) return undefined
  const parsed = entries.map(parseEntry)
  const isGapless = parsed.every(({ seq }, index) => seq === (parsed[0]?.seq ?? 0) + index)
  return isGapless ? { from, kind, epoch: epoch as number, entries: parsed } : undefined
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}
