import { answer, type Command } from './command.js'
import type { Operations } from './operations.js'

export const migrate: Command<Pick<Operations, 'migrate'>> = {
  summary: 'bring the database schema up to date',
  positionals: [],
  options: {},
  takesAnySchema: true,
  async run(operations, given, output) {
    const { applied, pending } = await operations.migrate()
    const text = [...applied.map((name) => `applied ${name}`), ...pending.map((name) => `pending ${name}`)].join('\n')
    return answer(output, given, { json: { applied, pending }, text: text || 'the schema is up to date' })
  },
}
