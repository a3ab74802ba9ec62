import { CommandRefused } from '../../errors/operational-errors.js'
import { estimatePurge, runPurge } from '../../purge/run-purge.js'
import type { PurgeReport } from '../../stores/purge-runs.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import { type Arguments, answer, type Command, type ExitCode, type Output, positional, UsageError } from './command.js'
import { formatTable } from './format-table.js'
import type { Operations } from './operations.js'

type PurgeNeeds = Pick<Operations, 'purgeTargets' | 'purgeBatch' | 'purgeRuns' | 'clock'>

/** The operator's words, and what is purged under each. Empty: nothing is stored there yet. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  tokens: ['tokens', 'dead tokens'],
  codes: [],
  sessions: [],
  revocations: ['grants', 'revocations'],
  audit: ['audit'],
  registry: [],
}

export const purge: Command<PurgeNeeds> = {
  summary: 'delete what has expired and can change no answer any more',
  positionals: [[...Object.keys(TARGETS), 'all'].join('|')],
  options: { 'dry-run': { help: 'count what would go, and delete nothing' } },
  async run(needs, given, output) {
    const names = chooseTargets(positional(given))
    return given.has('dry-run') ? dryRun(names, needs, { given, output }) : purgeNow(names, needs, { given, output })
  },
}

interface Terminals {
  readonly given: Arguments
  readonly output: Output
}

function chooseTargets(word: string): readonly string[] {
  if (word === 'all') return Object.keys(TARGETS).filter((name) => TARGETS[name]?.length)
  const targets = Object.hasOwn(TARGETS, word) ? TARGETS[word] : undefined
  if (targets === undefined) throw new UsageError(`what can be purged is ${Object.keys(TARGETS).join(', ')} or all`)
  if (targets.length === 0) throw new CommandRefused('not_available', `this release has nothing stored under "${word}" yet`)
  return [word]
}

const partsOf = (name: string, targets: readonly PurgeTarget[]): readonly PurgeTarget[] =>
  targets.filter((target) => TARGETS[name]?.includes(target.name))

async function dryRun(names: readonly string[], { purgeTargets }: PurgeNeeds, { given, output }: Terminals): Promise<0> {
  const targets = []
  for (const target of names) {
    const purgeable = sum((await estimatePurge(partsOf(target, purgeTargets))).map((estimate) => estimate.purgeable))
    targets.push({ target, purgeable, by_reason: { expired: purgeable }, remaining: purgeable, batches: 0, seconds: 0 })
  }
  const text = formatTable(
    ['target', 'purgeable'],
    targets.map((target) => [target.target, target.purgeable]),
    '',
  )
  return answer(output, given, { json: { dry_run: true, finished: true, targets }, text })
}

async function purgeNow(
  names: readonly string[],
  { purgeTargets, purgeBatch, purgeRuns, clock }: PurgeNeeds,
  { given, output }: Terminals,
): Promise<ExitCode> {
  const record = (report: PurgeReport) => purgeRuns.record(report)
  const options = { batch: purgeBatch, signal: given.signal, clock, record, progress: showProgress(output) }
  const reports: PurgeReport[] = []
  let finished = true
  for (const name of names) {
    const outcome = await runPurge(partsOf(name, purgeTargets), options)
    finished &&= outcome.finished
    reports.push(mergeReports(name, outcome.targets))
  }
  const rows = reports.map((report) => [report.target, report.deleted, report.remaining, report.seconds])
  const text = formatTable(['target', 'deleted', 'remaining', 'seconds'], rows, '') + (finished ? '' : '\nstopped before the end')
  answer(output, given, { json: { dry_run: false, finished, targets: reports.map(describePurge) }, text })
  return finished ? 0 : 1
}

export function describePurge({ target, deleted, remaining, batches, seconds }: PurgeReport) {
  return { target, deleted, by_reason: { expired: deleted }, remaining, batches, seconds }
}

function mergeReports(target: string, parts: readonly PurgeReport[]): PurgeReport {
  const total = (field: 'deleted' | 'batches' | 'seconds' | 'remaining') => sum(parts.map((part) => part[field]))
  return { target, deleted: total('deleted'), batches: total('batches'), seconds: total('seconds'), remaining: total('remaining') }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const BATCHES_PER_LINE = 100

/** One line that is written over for a person, else now and then a line of its own. */
function showProgress(output: Output): (target: string, deleted: number) => void {
  let batches = 0
  return (target, deleted) => {
    batches += 1
    if (output.isTerminal) output.stderr(`\r${target}: ${deleted} deleted\u001B[K\r`)
    else if (batches % BATCHES_PER_LINE === 0) output.stderr(`${target}: ${deleted} deleted so far\n`)
  }
}
