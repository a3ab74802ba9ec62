import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nearestWord } from '../../config/nearest-key.js'
import { answer, type Command, UsageError } from './command.js'

const ENGINES = ['postgresql', 'mysql', 'mssql', 'oracle', 'db2'] as const
type SqlEngine = (typeof ENGINES)[number]

/** The scripts stand beside source and build alike, as whoever runs a database reads them. */
const scriptOf = (engine: SqlEngine): string => fileURLToPath(new URL(`../../../sql/purge/${engine}.sql`, import.meta.url))

/** Needs no configuration and no database: what it prints is installed by whoever has the right to. */
export const purgeSql: Command<unknown> = {
  summary: 'print a procedure and a schedule by which a database purges itself',
  positionals: [],
  options: { engine: { value: ENGINES.join('|'), isRequired: true, help: 'for which database; mysql is for MariaDB too' } },
  async run(_, given, output) {
    const engine = parseEngine(given.option('engine') ?? '')
    const sql = readFileSync(scriptOf(engine), 'utf8')
    return answer(output, given, { json: { engine, sql }, text: sql.trimEnd() })
  },
}

function parseEngine(word: string): SqlEngine {
  const engine = ENGINES.find((known) => known === word)
  if (engine !== undefined) return engine
  const near = nearestWord(word, ENGINES)
  throw new UsageError(`--engine takes ${ENGINES.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`)
}
