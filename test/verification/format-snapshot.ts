import { formatEntry } from '../../src/verification/feed-entry.js'
import { type FeedSnapshot, SNAPSHOT_FRAMES, type TextForm } from '../../src/verification/snapshot-message.js'

/** A whole snapshot at once. */
export function formatSnapshot(form: TextForm, snapshot: FeedSnapshot): string {
  const { begin, between, end } = SNAPSHOT_FRAMES[form]
  return `${begin(snapshot)}${snapshot.entries.map(formatEntry).join(between)}${end(snapshot.entries.length)}`
}
