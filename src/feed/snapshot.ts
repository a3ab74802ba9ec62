import { type BuildNeeds, type BuiltSnapshot, buildSnapshot, bytesOf, type Snapshot, type SnapshotForm } from './build-snapshot.js'
import { type Coding, compress } from './compress.js'
import { loadedPosition } from './revocation-view.js'

/** What a gateway asks for. */
export interface WantedSnapshot {
  readonly form: SnapshotForm
  /** undefined: none. */
  readonly coding?: Coding | undefined
}

/** The newest snapshot. @throws OAuthError `temporarily_unavailable` before anything was loaded. @throws StoreUnavailable when it cannot be signed. */
export type TakeSnapshot = (wanted: WantedSnapshot) => Promise<Snapshot>

/** A second, so that many who ask at once cost one building. */
const LEAST_KEPT_MS = 1000

interface Kept extends BuiltSnapshot {
  /** At least as long as it takes to build one: so no more than half of the time goes into it. */
  readonly keptMs: number
  checkedAtMs: number
}

/** Snapshots are built one at a time, and only when an entry has come or expired since the one before. */
export function createSnapshots(needs: BuildNeeds): TakeSnapshot {
  const { view, clock } = needs
  const kept = new Map<string, Kept>()
  const building = new Map<string, Promise<Snapshot>>()
  let last: Promise<unknown> = Promise.resolve()

  function usable(name: string): Kept | undefined {
    const one = kept.get(name)
    const nowMs = clock.nowMs()
    if (one === undefined || one.epoch !== view.epoch()) return undefined
    if (nowMs >= one.checkedAtMs && nowMs < one.checkedAtMs + one.keptMs) return one
    if (one.seq !== view.seq() || clock.now() > one.goodUntil) return undefined
    one.checkedAtMs = nowMs
    return one
  }

  async function renew(name: string, make: () => Promise<BuiltSnapshot>): Promise<BuiltSnapshot> {
    for (;;) {
      const beganMs = clock.nowMs()
      const built = await make()
      // What was begun before the log was begun anew is of no use to anybody.
      if (built.epoch !== view.epoch()) continue
      const nowMs = clock.nowMs()
      kept.set(name, { ...built, keptMs: Math.max(LEAST_KEPT_MS, nowMs - beganMs), checkedAtMs: nowMs })
      return built
    }
  }

  const plain = async (form: SnapshotForm): Promise<BuiltSnapshot> => usable(form) ?? renew(form, () => buildSnapshot(form, needs))

  function make({ form, coding }: WantedSnapshot): Promise<BuiltSnapshot> {
    return coding === undefined ? plain(form) : renew(nameOf({ form, coding }), async () => code(await plain(form), coding))
  }

  return async (wanted) => {
    loadedPosition(view)
    const name = nameOf(wanted)
    const known = usable(name)?.snapshot ?? building.get(name)
    if (known !== undefined) return known
    const renewed = last.then(() => make(wanted)).then(({ snapshot }) => snapshot)
    const settled = renewed.finally(() => building.delete(name))
    building.set(name, settled)
    last = settled.catch(() => undefined)
    return settled
  }
}

const nameOf = ({ form, coding }: WantedSnapshot): string => (coding === undefined ? form : `${form} ${coding}`)

async function code(built: BuiltSnapshot, coding: Coding): Promise<BuiltSnapshot> {
  const body = await compress(built.snapshot.body, coding)
  return { ...built, snapshot: { ...built.snapshot, tag: built.snapshot.tag.replace(/"$/, `-${coding}"`), body, bytes: bytesOf(body) } }
}
