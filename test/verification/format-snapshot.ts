import { type FeedSnapshot, formatEntry, SNAPSHOT_FRAMES, type SnapshotForm } from '../../src/verification/feed-message.js'

/** A whole snapshot at once. */
export function formatSnapshot(form: SnapshotForm, snapshot: FeedSnapshot): string {
  const { begin, between, end } = SNAPSHOT_FRAMES[form]
  return `${begin(snapshot)}${snapshot.entries.map(formatEntry).join(between)}${end(snapshot.entries.length)}`
}
