import { resolve } from 'node:path'
import { answer, type Command, positional } from './command.js'
import { formatTable } from './format-table.js'
import type { PurgeOperations } from './operations.js'

/** What stands for each verdict, for people. */
const MEANINGS = {
  restored: 'put back',
  already_there: 'there already',
  still_valid: 'left out: it could be used again',
  key_taken: 'left out: another row has its place',
  client_gone: 'left out: its application is gone',
  parent_gone: 'left out: the row that it belongs to is not there',
  unknown_table: 'left out: its table is not there, or takes nothing back',
} as const

/** These are no obstacle. */
const FINE: readonly string[] = ['restored', 'already_there']

export const purgeRestore: Command<Pick<PurgeOperations, 'purgeBackups'>> = {
  summary: 'put back what a purge has deleted and kept, except what could be used again',
  positionals: ['FILE|table'],
  options: {
    'dry-run': { help: 'say what would become of each row, and change nothing' },
    partial: { help: 'take a file whose end is missing for what there is of it' },
  },
  async run({ purgeBackups }, given, output) {
    const [where, dryRun] = [positional(given), given.has('dry-run')]
    const { signal } = given
    const { outcome, complete } = await (where === 'table'
      ? purgeBackups.restoreTable({ dryRun, signal })
      : purgeBackups.restoreFile(resolve(given.folder, where), { dryRun, partial: given.has('partial'), signal }))
    const verdicts = Object.entries(outcome).map(([verdict, rows]) => [MEANINGS[verdict as keyof typeof MEANINGS], rows])
    const leftOut = Object.entries(outcome).filter(([verdict]) => !FINE.includes(verdict))
    const { restored = 0, already_there = 0 } = outcome
    answer(output, given, {
      json: { dry_run: dryRun, complete, restored, already_there, left_out: Object.fromEntries(leftOut) },
      text: formatTable([dryRun ? 'rows that would be' : 'rows', ''], verdicts, 'there is nothing in it'),
    })
    return leftOut.length === 0 ? 0 : 1
  },
}
