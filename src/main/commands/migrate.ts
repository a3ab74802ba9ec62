import type { MovedTable } from '../../stores/partitions.js'
import { answer, type Command, UsageError } from './command.js'
import type { AdoptionReport, Operations } from './operations.js'

export const migrate: Command<Pick<Operations, 'migrate' | 'adopt' | 'partitions'>> = {
  summary: 'bring the database schema up to date',
  positionals: [],
  options: {
    adopt: { help: "take over a database of WSO2's, or what has been revoked in it since: adds what is missing, changes no row" },
    partitioned: { help: 'lay the revocation log and the audit out in partitions, of which a purge drops the old ones; not on SQLite' },
  },
  takesAnySchema: true,
  async run(operations, given, output) {
    if (given.has('adopt') && given.has('partitioned')) throw new UsageError('--adopt and --partitioned are done one after the other')
    if (given.has('adopt')) {
      const report = await operations.adopt()
      const { applied, pending } = report
      return answer(output, given, {
        json: { applied, pending, adopted: describeAdoption(report) },
        text: [...lines(report), tellAdoption(report)].join('\n'),
      })
    }
    const { applied, pending } = await operations.migrate()
    if (given.has('partitioned')) {
      const tables = await operations.partitions.move((table, what) => output.stderr(`${table}: ${what}\n`))
      return answer(output, given, {
        json: { applied, pending, tables },
        text: [...lines({ applied, pending }), ...tables.map(tellMove)].join('\n'),
      })
    }
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

function tellMove({ table, moved, rows }: MovedTable): string {
  return moved ? `${table} lies in partitions now; rows that were copied: ${rows}` : `${table} lies in partitions already`
}
