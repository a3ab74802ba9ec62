import { OAuthError } from '../errors/oauth-error.js'
import type { Clock, EpochSeconds } from '../model/time.js'
import { formatEntry, SNAPSHOT_FRAMES, type SnapshotForm } from '../verification/feed-message.js'
import type { RevocationView } from './revocation-view.js'

/** All live entries, in one of the forms a gateway can ask for. */
export interface Snapshot {
  /** A strong validator, of its own for each form (RFC 9110 §8.8.3). */
  readonly tag: string
  /** In pieces, so that nothing large is ever copied at once. */
  readonly body: readonly Buffer[]
  readonly bytes: number
}

/** The newest snapshot. @throws OAuthError `temporarily_unavailable` before anything was loaded. */
export type TakeSnapshot = (form: SnapshotForm) => Promise<Snapshot>

/** A second, so that many who ask at once cost one building. */
const LEAST_KEPT_MS = 1000
/** Entries that are written without letting others have their turn: some milliseconds. */
const SLICE = 2500

interface Built {
  readonly snapshot: Snapshot
  readonly epoch: string
  readonly seq: number
  /** Until then none of its entries has expired. */
  readonly goodUntil: EpochSeconds
  /** At least as long as it takes to build one: so no more than half of the time goes into it. */
  readonly keptMs: number
  checkedAtMs: number
}

/**
 * Snapshots are built from memory, one at a time and in slices with a turn for others in between, and only when an entry has
 * come or expired since the one before. Each is that of the place at which its building began.
 */
export function createSnapshots(view: RevocationView, clock: Clock, nextTurn: () => Promise<void>): TakeSnapshot {
  const held = new Map<SnapshotForm, Built>()
  const building = new Map<SnapshotForm, Promise<Snapshot>>()
  let last: Promise<unknown> = Promise.resolve()

  function usable(form: SnapshotForm): Snapshot | undefined {
    const one = held.get(form)
    const nowMs = clock.nowMs()
    if (one === undefined || one.epoch !== view.epoch()) return undefined
    if (nowMs >= one.checkedAtMs && nowMs < one.checkedAtMs + one.keptMs) return one.snapshot
    if (one.seq !== view.seq() || clock.now() > one.goodUntil) return undefined
    one.checkedAtMs = nowMs
    return one.snapshot
  }

  async function renew(form: SnapshotForm): Promise<Snapshot> {
    await last
    for (;;) {
      const built = await build(form, { view, clock, nextTurn })
      // What was begun before the log was begun anew is of no use to anybody.
      if (built.epoch !== view.epoch()) continue
      held.set(form, built)
      return built.snapshot
    }
  }

  return async (form) => {
    if (view.epoch() === undefined) throw new OAuthError('temporarily_unavailable', 'the revocations are not loaded yet')
    const known = usable(form) ?? building.get(form)
    if (known !== undefined) return known
    const renewed = renew(form).finally(() => building.delete(form))
    building.set(form, renewed)
    last = renewed.catch(() => undefined)
    return renewed
  }
}

interface BuildNeeds {
  readonly view: RevocationView
  readonly clock: Clock
  readonly nextTurn: () => Promise<void>
}

async function build(form: SnapshotForm, { view, clock, nextTurn }: BuildNeeds): Promise<Built> {
  const { begin, between, end } = SNAPSHOT_FRAMES[form]
  const beganMs = clock.nowMs()
  const head = { epoch: view.epoch() ?? '', seq: view.seq(), generatedAt: clock.now() }
  const body = [Buffer.from(begin(head))]
  let [count, goodUntil] = [0, Number.POSITIVE_INFINITY]
  const walk = view.walk()
  try {
    for (let isMore = true; isMore; ) {
      const slice = walk.take(SLICE)
      const live = slice.filter(({ expires }) => expires >= head.generatedAt)
      if (live.length > 0) body.push(Buffer.from((count > 0 ? between : '') + live.map(formatEntry).join(between)))
      count += live.length
      goodUntil = live.reduce((least, { expires }) => Math.min(least, expires), goodUntil)
      isMore = slice.length === SLICE
      if (isMore) await nextTurn()
    }
  } finally {
    walk.end()
  }
  body.push(Buffer.from(end(count)))
  const nowMs = clock.nowMs()
  const snapshot = {
    tag: `"${head.epoch}-${head.seq}-${head.generatedAt}-${form === 'json' ? 'json' : 'ndjson'}"`,
    body,
    bytes: body.reduce((sum, piece) => sum + piece.length, 0),
  }
  return { snapshot, ...head, goodUntil: goodUntil as EpochSeconds, keptMs: Math.max(LEAST_KEPT_MS, nowMs - beganMs), checkedAtMs: nowMs }
}
