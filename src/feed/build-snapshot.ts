import { createHash } from 'node:crypto'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, EpochSeconds } from '../model/time.js'
import { type BinarySnapshotHead, type BinarySnapshotWriter, createBinarySnapshotWriter } from '../verification/binary-snapshot.js'
import { formatEntry } from '../verification/feed-entry.js'
import { snapshotContent } from '../verification/feed-signature.js'
import { SNAPSHOT_FRAMES, type TextForm } from '../verification/snapshot-message.js'
import type { FeedDigest } from './feed-digest.js'
import type { FeedSigner } from './feed-signer.js'
import type { RevocationView } from './revocation-view.js'

export type SnapshotForm = TextForm | 'binary'

/** All live entries, in one of the forms a gateway can ask for. */
export interface Snapshot {
  /** A strong validator, of its own for each form and coding (RFC 9110 §8.8.3). */
  readonly tag: string
  /** Of the body without content coding. */
  readonly signature: string
  /** In pieces, so that nothing large is ever copied at once. */
  readonly body: readonly Buffer[]
  readonly bytes: number
}

export interface BuiltSnapshot {
  readonly snapshot: Snapshot
  readonly epoch: string
  readonly seq: number
  /** Until then none of its entries has expired. */
  readonly goodUntil: EpochSeconds
}

export interface BuildNeeds {
  readonly view: RevocationView
  readonly digest: FeedDigest
  readonly clock: Clock
  readonly signer: FeedSigner
  /** Resolves when the event loop has let others have their turn. */
  readonly nextTurn: () => Promise<void>
}

/** Entries that are written without letting others have their turn: some milliseconds. */
const SLICE = 2500
const TAG_LENGTH = 22

/** Builds one from memory, in slices with a turn for others in between. It is that of the place at which its building began. */
export async function buildSnapshot(form: SnapshotForm, { view, digest, clock, signer, nextTurn }: BuildNeeds): Promise<BuiltSnapshot> {
  const head = { epoch: view.epoch() ?? '', seq: view.seq(), generatedAt: clock.now(), digests: digest.sums() }
  const writer = form === 'binary' ? createBinarySnapshotWriter(head) : createTextWriter(form, head)
  const hash = createHash('sha256')
  const body: Buffer[] = []
  const add = (piece: Buffer): void => {
    hash.update(piece)
    body.push(piece)
  }
  let goodUntil = Number.POSITIVE_INFINITY
  const walk = view.walk()
  try {
    for (let isMore = true; isMore; ) {
      const slice = walk.take(SLICE)
      const live = slice.filter(({ expires }) => expires >= head.generatedAt)
      add(writer.entries(live))
      goodUntil = live.reduce((least, { expires }) => Math.min(least, expires), goodUntil)
      isMore = slice.length === SLICE
      if (isMore) await nextTurn()
    }
  } finally {
    walk.end()
  }
  add(writer.end((rest) => hash.copy().update(rest).digest()))
  const sha256 = hash.digest()
  const snapshot = {
    tag: `"${sha256.toString('base64url').slice(0, TAG_LENGTH)}"`,
    signature: signer.sign('jeton-snapshot', snapshotContent(signer.issuer, sha256)),
    body,
    bytes: bytesOf(body),
  }
  return { snapshot, epoch: head.epoch, seq: head.seq, goodUntil: goodUntil as EpochSeconds }
}

export const bytesOf = (body: readonly Buffer[]): number => body.reduce((sum, piece) => sum + piece.length, 0)

function createTextWriter(form: TextForm, head: BinarySnapshotHead): BinarySnapshotWriter {
  const { begin, between, end } = SNAPSHOT_FRAMES[form]
  let rest = begin(head)
  let count = 0
  return {
    entries(entries: readonly RevocationEntry[]) {
      const text = rest + (count > 0 && entries.length > 0 ? between : '') + entries.map(formatEntry).join(between)
      count += entries.length
      rest = ''
      return Buffer.from(text)
    },
    end: () => Buffer.from(end(count)),
  }
}
