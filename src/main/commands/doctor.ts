import { type CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'
import { diagnoseOutage } from '../diagnose-outage.js'
import { type Arguments, answer, type Command, type ExitCode, type Output } from './command.js'
import type { DoctorCheck, Operations } from './operations.js'

const WRONG_CONFIGURATION = 'wrong_configuration'

export const doctor: Command<Pick<Operations, 'doctor'>> = {
  summary: 'check that everything is as it should be, and say what to do where it is not',
  positionals: [],
  options: {},
  takesAnySchema: true,
  explain: (obstacle, given, output) => report([explain(obstacle)], given, output),
  run: async (operations, given, output) => report(await operations.doctor(), given, output),
}

function explain(obstacle: StoreUnavailable | CommandRefused): DoctorCheck {
  if (obstacle instanceof StoreUnavailable) return { name: 'database', ok: false, ...diagnoseOutage(obstacle) }
  if (obstacle.code !== WRONG_CONFIGURATION) throw obstacle
  return { name: 'configuration', ok: false, message: obstacle.message, remedy: 'correct what is named: nothing starts with it' }
}

function report(checks: readonly DoctorCheck[], given: Arguments, output: Output): ExitCode {
  const ok = checks.every((check) => check.ok)
  answer(output, given, { json: { ok, checks: checks.map(describeCheck) }, text: checks.map(formatCheck).join('\n') })
  return ok ? 0 : 1
}

function describeCheck({ name, ok, message, remedy }: DoctorCheck) {
  return { name, ok, message, ...(remedy !== undefined && { remedy }) }
}

function formatCheck({ name, ok, message, remedy }: DoctorCheck): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${message}${remedy === undefined ? '' : `\n      ${remedy}`}`
}
