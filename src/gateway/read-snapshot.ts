import { createHash } from 'node:crypto'
import type { RevocationEntry } from '../model/revocation-entry.js'
import { BINARY_TYPE, parseBinarySnapshot } from '../verification/binary-snapshot.js'
import { parseSnapshotLines, type SnapshotHead } from '../verification/snapshot-message.js'
import { readLines } from './text-lines.js'

export const LINES_TYPE = 'application/x-ndjson'
/** The forms that are understood here, the compact one first. */
export const SNAPSHOT_TYPES = `${BINARY_TYPE}, ${LINES_TYPE};q=0.5`

export interface SnapshotBody {
  /** Its `Content-Type`. */
  readonly type: string
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface ReadSnapshot {
  readonly head: SnapshotHead
  readonly sha256: Buffer
}

/**
 * Reads a snapshot while it arrives, giving each entry to `take`, and the bytes to `keep` as they are.
 * @throws MalformedFeedMessage when it is not whole: then nothing of what was taken counts.
 */
export async function readSnapshot(
  { type, bytes }: SnapshotBody,
  take: (entry: RevocationEntry) => void,
  keep: (bytes: Uint8Array) => Promise<void>,
): Promise<ReadSnapshot> {
  const hash = createHash('sha256')
  async function* passing(): AsyncIterable<Uint8Array> {
    for await (const piece of bytes) {
      hash.update(piece)
      await keep(piece)
      yield piece
    }
  }
  const body = passing()
  const head = type.startsWith(BINARY_TYPE) ? await parseBinarySnapshot(body, take) : await parseSnapshotLines(readLines(body), take)
  return { head, sha256: hash.digest() }
}
