import type { MoveReport } from '../../applications/move-applications.js'
import { parseTokenType } from '../../clients/client-metadata.js'
import { type Arguments, answer, type Command, type Output, UsageError } from './command.js'
import type { Operations } from './operations.js'

export const appsMigrate: Command<Pick<Operations, 'moveApplications'>> = {
  summary: 'move applications to the other kind of token; what they hold stays good',
  positionals: ['[CLIENT_ID…]'],
  options: {
    to: { value: 'JWT|OAUTH', isRequired: true, help: 'JWT: self-validating, not stored; OAUTH: opaque, stored' },
    all: { help: 'every application, those of the system too' },
    'dry-run': { help: 'count what would be moved, and move nothing' },
  },
  async run({ moveApplications }, given, output) {
    const tokenType = parseTokenType(given.option('to') ?? '')
    const [ids, isDryRun] = [chooseIds(given), given.has('dry-run')]
    const report = await moveApplications({ tokenType, ids, isDryRun, signal: given.signal, progress: showProgress(output) })
    const counted = isDryRun ? { movable: report.moved } : { moved: report.moved }
    const json = { to: tokenType, dry_run: isDryRun, finished: report.finished, ...counted, unchanged: report.unchanged }
    answer(output, given, { json, text: describe(report, tokenType, isDryRun) })
    return report.finished ? 0 : 1
  },
}

function chooseIds(given: Arguments): readonly string[] | undefined {
  const isAll = given.has('all')
  if (isAll === given.positionals.length > 0) throw new UsageError('name applications by their client_id, or take --all')
  return isAll ? undefined : given.positionals
}

function describe({ moved, unchanged, finished }: MoveReport, tokenType: string, isDryRun: boolean): string {
  const done = `${isDryRun ? 'to be moved' : 'moved'} to ${tokenType}: ${moved}; ${tokenType} already: ${unchanged}`
  return finished ? done : `${done}\nstopped before the end: the same command goes on`
}

const PORTIONS_PER_LINE = 10

/** One line that is written over for a person, else now and then a line of its own. */
function showProgress(output: Output): (moved: number) => void {
  let portions = 0
  return (moved) => {
    portions += 1
    if (output.isTerminal) output.stderr(`\r${moved} moved\u001B[K\r`)
    else if (portions % PORTIONS_PER_LINE === 0) output.stderr(`${moved} moved so far\n`)
  }
}
