import { createHash } from 'node:crypto'
import type { CommandRefused } from '../../../errors/operational-errors.js'
import { addRows, type PurgeMargin, type PurgeTarget, type RowsByReason } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { type LogKey, type LogLine, logLines } from '../sql/registry.js'
import { deleteRows, type KeyedTable, lockRows } from './keyed-rows.js'
import { analyzing, purgeBatch, tally } from './purge-batch.js'

const NAME = 'registry log'
const LOG: KeyedTable = { table: 'REG_LOG', key: ['REG_LOG_ID', 'REG_TENANT_ID'] }

/** How many pages are read before a transaction is worth its while, at the most. */
const MOST_PAGES = 20
const PAGE = 5_000

type DoomedLine = LogKey & { readonly reason: 'superseded' | 'deleted' }

/** How far a run has come: backwards, since only then is it known of each line whether it is the newest of its path. */
interface Walk {
  /** What the run is told as its place. */
  readonly place: string
  readonly before: LogKey | 'newest' | 'all read'
  /** The paths that have a newer line, by their hash. */
  readonly paths: Set<string>
  /** The newest lines of resources that are gone. */
  readonly gone: readonly LogKey[]
}

/**
 * Lines of the registry's log that are not the newest of their path, and at the very end, when no older line can speak for them, the
 * newest ones of resources that were deleted. There is no index of the paths: the log is read backwards, once in a run. Its place is of
 * use to the same process only; another one reads from the end of the log again. Lines without a path stay.
 */
export function createRegistryLogTarget(session: DatabaseSession, unfit: CommandRefused | undefined): PurgeTarget {
  let underWay: Walk | undefined
  return {
    name: NAME,
    onRequestOnly: true,
    analyze: analyzing(session, LOG.table),
    ...(unfit && { unfit }),
    async count(margin) {
      if (unfit !== undefined) throw unfit
      let counts: RowsByReason = {}
      for (let walk: Walk | undefined = beginning(); walk !== undefined; ) {
        const step = await stepBack(session, walk, { ...margin, limit: PAGE })
        counts = addRows(counts, tally(step.doomed.map(({ reason }) => reason)))
        walk = step.walk
      }
      return counts
    },
    async deleteBatch(request) {
      if (unfit !== undefined) throw unfit
      const walk = underWay?.place === request.after ? underWay : beginning()
      // What it knows is of no use where this batch fails: it may have taken note of lines that are then read again.
      underWay = undefined
      const step = await stepBack(session, walk, request)
      const batch = await purgeBatch(session, NAME, request, async (transaction) => {
        const going = await lockRows<LogKey>(transaction, LOG, step.doomed)
        const reasons = new Map(step.doomed.map((line) => [nameOf(line), line.reason]))
        await deleteRows(transaction, LOG, going, request.keep)
        return { deleted: tally(going.map((line) => reasons.get(nameOf(line)) ?? 'superseded')), after: step.walk?.place ?? null }
      })
      underWay = step.walk
      return batch
    },
  }
}

const beginning = (): Walk => ({ place: '', before: 'newest', paths: new Set(), gone: [] })
const nameOf = ({ REG_LOG_ID, REG_TENANT_ID }: LogKey): string => `${REG_LOG_ID} ${REG_TENANT_ID}`
const keyOf = ({ REG_LOG_ID, REG_TENANT_ID }: LogKey): LogKey => ({ REG_LOG_ID, REG_TENANT_ID })

interface Step {
  /** The lines of one batch. */
  readonly doomed: readonly DoomedLine[]
  /** Where to go on; undefined: the end is reached. */
  readonly walk: Walk | undefined
}

async function stepBack(session: DatabaseSession, walk: Walk, request: PurgeMargin & { readonly limit: number }): Promise<Step> {
  const { limit } = request
  const doomed: DoomedLine[] = []
  const gone = [...walk.gone]
  let { before } = walk
  for (let pages = 0; before !== 'all read' && pages < MOST_PAGES && doomed.length <= limit / 2; pages++) {
    const lines = await readLines(session, before, { ...request, limit: Math.min(PAGE, limit - doomed.length) })
    for (const line of lines) {
      if (line.REG_PATH === null) continue
      const isNewest = walk.paths.size < walk.paths.add(hashOf(line)).size
      if (!isNewest) doomed.push({ ...keyOf(line), reason: 'superseded' })
      else if (Number(line.IS_GONE) === 1) gone.push(keyOf(line))
    }
    const last = lines.at(-1)
    before = last === undefined ? 'all read' : keyOf(last)
  }
  if (before !== 'all read') return { doomed, walk: { ...walk, place: before === 'newest' ? '' : nameOf(before), before, gone } }
  const last = gone.splice(0, limit - doomed.length).map((line) => ({ ...line, reason: 'deleted' as const }))
  return { doomed: [...doomed, ...last], walk: gone.length === 0 ? undefined : { ...walk, place: `gone ${gone.length}`, before, gone } }
}

function readLines(
  session: DatabaseSession,
  before: LogKey | 'newest',
  { limit, safePeriod }: PurgeMargin & { readonly limit: number },
): Promise<readonly LogLine[]> {
  const from = before === 'newest' ? undefined : before
  return session.run(({ dialect, rows }) => rows<LogLine>(logLines(dialect, { safePeriod }, { before: from, limit })))
}

/** As long as is needed to tell any two paths apart; far shorter than most of them. */
const HASH_LENGTH = 16

const hashOf = ({ REG_TENANT_ID, REG_PATH }: LogLine): string =>
  createHash('sha256').update(`${REG_TENANT_ID} ${REG_PATH}`).digest('base64url').slice(0, HASH_LENGTH)
