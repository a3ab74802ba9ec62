import { CommandRefused } from '../../errors/operational-errors.js'
import { countPurge } from '../../purge/run-purge.js'
import type { PurgeReport } from '../../stores/purge-runs.js'
import { addRows, type PurgeTarget, type RowsByReason, totalOf } from '../../stores/purge-target.js'
import { type Arguments, answer, type Command, type ExitCode, type Output, positional, UsageError } from './command.js'
import { formatTable } from './format-table.js'
import type { PurgeOperations } from './operations.js'
import { withBackup } from './purge-backup.js'
import { PURGE_OPTIONS, readPurgeOptions, readSessionTime } from './purge-options.js'
import { showProgress } from './purge-progress.js'

/** The operator's words, and what is purged under each. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  tokens: ['tokens', 'dead tokens', 'wso2 tokens'],
  codes: ['authorization codes', 'device codes', 'backchannel requests', 'pushed requests'],
  sessions: ['sessions', 'orphaned session data', 'pre-sessions'],
  revocations: ['grants', 'revocations'],
  audit: ['audit', 'backups'],
  registry: ['registry log', 'registry properties', 'registry tags'],
}

export const purge: Command<PurgeOperations> = {
  summary: 'delete what has expired and can change no answer any more',
  positionals: [[...Object.keys(TARGETS), 'all'].join('|')],
  options: PURGE_OPTIONS,
  async run(needs, given, output) {
    const purgeTargets = [...needs.purgeTargets, ...needs.sessionTargets(readSessionTime(given))]
    const names = chooseTargets(positional(given), purgeTargets)
    const all = { ...needs, purgeTargets }
    return given.has('dry-run') ? dryRun(names, all, { given, output }) : purgeNow(names, all, { given, output })
  },
}

interface Terminals {
  readonly given: Arguments
  readonly output: Output
}

/** @throws CommandRefused where a target is not there, or cannot be purged: before anything is deleted. */
function chooseTargets(word: string, targets: readonly PurgeTarget[]): readonly string[] {
  const known = Object.keys(TARGETS)
  if (word !== 'all' && !known.includes(word)) throw new UsageError(`what can be purged is ${known.join(', ')} or all`)
  const chosen = known.filter((name) => (word === 'all' || name === word) && partsOf(name, targets).length > 0)
  if (chosen.length === 0) throw new CommandRefused('not_available', `this database has no table for what is purged under "${word}"`)
  for (const { unfit } of chosen.flatMap((name) => partsOf(name, targets))) if (unfit !== undefined) throw unfit
  return chosen
}

const partsOf = (name: string, targets: readonly PurgeTarget[]): readonly PurgeTarget[] =>
  targets.filter((target) => TARGETS[name]?.includes(target.name))

async function dryRun(names: readonly string[], { purgeTargets, purgeLimits }: PurgeOperations, { given, output }: Terminals): Promise<0> {
  const { safePeriod } = readPurgeOptions(given, purgeLimits)
  const targets = []
  for (const target of names) {
    const counts = await countPurge(partsOf(target, purgeTargets), safePeriod)
    const by_reason = counts.map((count) => count.purgeable).reduce(addRows, {})
    targets.push({ target, purgeable: totalOf(by_reason), by_reason, remaining: totalOf(by_reason), batches: 0, seconds: 0 })
  }
  const text = formatTable(
    ['target', 'purgeable', 'why'],
    targets.map((target) => [target.target, target.purgeable, formatReasons(target.by_reason)]),
    '',
  )
  return answer(output, given, { json: { dry_run: true, finished: true, targets }, text })
}

async function purgeNow(names: readonly string[], needs: PurgeOperations, { given, output }: Terminals): Promise<ExitCode> {
  const { purgeTargets, purgeLimits } = needs
  const targets = names.flatMap((name) => partsOf(name, purgeTargets))
  const request = { ...readPurgeOptions(given, purgeLimits), signal: given.signal, progress: showProgress(output) }
  const outcome = await withBackup(given, needs, (keeping) => needs.purge(targets, { ...request, ...keeping }))
  if (given.has('analyze')) for (const target of targets) await target.analyze?.()
  const reports = names.map((name) => mergeReports(name, outcome.targets))
  const rows = reports.map((report) => [report.target, report.deleted, report.remaining ?? 'not known', report.seconds])
  const text = formatTable(['target', 'deleted', 'remaining', 'seconds'], rows, '') + (outcome.finished ? '' : '\nstopped before the end')
  answer(output, given, { json: { dry_run: false, finished: outcome.finished, targets: reports.map(describePurge) }, text })
  return outcome.finished ? 0 : 1
}

export function describePurge({ target, deleted, byReason, remaining, batches, seconds }: PurgeReport) {
  return { target, deleted, by_reason: byReason, remaining, batches, seconds }
}

/** Of all parts of one of the operator's words. */
function mergeReports(target: string, all: readonly PurgeReport[]): PurgeReport {
  const parts = all.filter((part) => TARGETS[target]?.includes(part.target))
  const total = (field: 'deleted' | 'batches' | 'seconds') => sum(parts.map((part) => part[field]))
  const rest = parts.map((part) => part.remaining)
  return {
    target,
    deleted: total('deleted'),
    byReason: parts.map((part) => part.byReason).reduce<RowsByReason>(addRows, {}),
    batches: total('batches'),
    seconds: total('seconds'),
    remaining: rest.every((remaining) => remaining !== null) ? sum(rest) : null,
  }
}

const formatReasons = (byReason: RowsByReason): string =>
  Object.entries(byReason)
    .map(([reason, rows]) => `${rows} ${reason}`)
    .join(', ')

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
