import { answer, type Command } from './command.js'
import type { DoctorCheck, Operations } from './operations.js'

export const doctor: Command<Pick<Operations, 'doctor'>> = {
  summary: 'check that everything is as it should be, and say what to do where it is not',
  positionals: [],
  options: {},
  async run(operations, given, output) {
    const checks = await operations.doctor()
    const ok = checks.every((check) => check.ok)
    answer(output, given, { json: { ok, checks: checks.map(describeCheck) }, text: checks.map(formatCheck).join('\n') })
    return ok ? 0 : 1
  },
}

function describeCheck({ name, ok, message, remedy }: DoctorCheck) {
  return { name, ok, message, ...(remedy !== undefined && { remedy }) }
}

function formatCheck({ name, ok, message, remedy }: DoctorCheck): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${message}${remedy === undefined ? '' : `\n      ${remedy}`}`
}
