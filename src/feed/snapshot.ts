import { OAuthError } from '../errors/oauth-error.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, EpochSeconds } from '../model/time.js'
import { type FeedSnapshot, formatSnapshot, formatSnapshotLines } from '../verification/feed-message.js'
import type { RevocationView } from './revocation-view.js'

/** All live entries, in the two forms a gateway can ask for. */
export interface Snapshot {
  /** Strong validators, one for each form (RFC 9110 §8.8.3). */
  readonly jsonTag: string
  readonly linesTag: string
  json(): Buffer
  lines(): Buffer
}

const KEEP_MS = 1000

/**
 * Gives the newest snapshot. It is built from memory, at most once a second, and only when an entry has come or expired since.
 * @throws OAuthError `temporarily_unavailable` before anything was loaded.
 */
export function createSnapshots(view: RevocationView, clock: Clock): () => Snapshot {
  let held: { readonly snapshot: Snapshot; readonly tag: string; readonly goodUntil: EpochSeconds; checkedAtMs: number } | undefined
  return () => {
    const epoch = view.epoch()
    if (epoch === undefined) throw new OAuthError('temporarily_unavailable', 'the revocations are not loaded yet')
    const nowMs = clock.nowMs()
    const now = clock.now()
    if (held !== undefined && nowMs >= held.checkedAtMs && nowMs < held.checkedAtMs + KEEP_MS) return held.snapshot
    const tag = `${epoch}-${view.seq()}`
    if (held?.tag === tag && now <= held.goodUntil) held.checkedAtMs = nowMs
    else held = { ...build(epoch, view, now), tag, checkedAtMs: nowMs }
    return held.snapshot
  }
}

function build(epoch: string, view: RevocationView, now: EpochSeconds): { readonly snapshot: Snapshot; readonly goodUntil: EpochSeconds } {
  const entries: RevocationEntry[] = []
  let goodUntil = Number.POSITIVE_INFINITY
  for (const entry of view.entries()) {
    if (entry.expires < now) continue
    entries.push(entry)
    goodUntil = Math.min(goodUntil, entry.expires)
  }
  const content: FeedSnapshot = { epoch, seq: view.seq(), generatedAt: now, entries }
  return { snapshot: createSnapshot(content), goodUntil: goodUntil as EpochSeconds }
}

/** Each form is written when it is first asked for, and kept. */
function createSnapshot(content: FeedSnapshot): Snapshot {
  const tag = `${content.epoch}-${content.seq}-${content.generatedAt}`
  let json: Buffer | undefined
  let lines: Buffer | undefined
  return {
    jsonTag: `"${tag}-json"`,
    linesTag: `"${tag}-ndjson"`,
    json() {
      json ??= Buffer.from(formatSnapshot(content))
      return json
    },
    lines() {
      lines ??= Buffer.from(Array.from(formatSnapshotLines(content)).join(''))
      return lines
    },
  }
}
