import { answer, type Command } from './command.js'
import type { AdoptionReport, Operations } from './operations.js'

export const migrate: Command<Pick<Operations, 'migrate' | 'adopt'>> = {
  summary: 'bring the database schema up to date',
  positionals: [],
  options: { adopt: { help: "take over a database of WSO2's, or what has been revoked in it since: adds what is missing, changes no row" } },
  takesAnySchema: true,
  async run(operations, given, output) {
    if (given.has('adopt')) {
      const report = await operations.adopt()
      const { applied, pending } = report
      return answer(output, given, {
        json: { applied, pending, adopted: describeAdoption(report) },
        text: [...lines(report), tellAdoption(report)].join('\n'),
      })
    }
    const { applied, pending } = await operations.migrate()
    return answer(output, given, { json: { applied, pending }, text: lines({ applied, pending }).join('\n') || 'the schema is up to date' })
  },
}

function lines({ applied, pending }: Pick<AdoptionReport, 'applied' | 'pending'>): readonly string[] {
  return [...applied.map((name) => `applied ${name}`), ...pending.map((name) => `pending ${name}`)]
}

function describeAdoption({ tokens, subjects, clients, tokenTypes }: AdoptionReport) {
  return { revoked_tokens: tokens, revoked_subjects: subjects, revoked_clients: clients, token_types: tokenTypes }
}

function tellAdoption({ tokens, subjects, clients, tokenTypes }: AdoptionReport): string {
  return `imported revocations: ${tokens} of tokens, ${subjects} of users, ${clients} of applications; token types of ${tokenTypes} applications`
}
