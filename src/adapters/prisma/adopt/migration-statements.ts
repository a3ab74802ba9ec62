/** A column as a migration defines it. */
export interface ColumnDefinition {
  readonly name: string
  /** Everything behind the name. */
  readonly definition: string
}

/** A statement of a migration, as far as it has to be understood to be fitted to a schema that is partly there. */
export type MigrationStatement = { readonly sql: string } & (
  | { readonly kind: 'create table'; readonly table: string; readonly columns: readonly ColumnDefinition[] }
  | { readonly kind: 'add columns'; readonly table: string; readonly columns: readonly ColumnDefinition[] }
  | { readonly kind: 'create index'; readonly table: string; readonly index: string; readonly isUnique: boolean; readonly columns: readonly string[] }
  | { readonly kind: 'drop index'; readonly index: string }
  | { readonly kind: 'create sequence'; readonly sequence: string }
  | { readonly kind: 'own sequence'; readonly sequence: string; readonly table: string }
  | { readonly kind: 'first rows'; readonly table: string }
  /** Does the same however often it is done, to a table that is never WSO2's. */
  | { readonly kind: 'own table' }
  | { readonly kind: 'not understood' }
)

/** The statements of a script whose statements each end with a semicolon at the end of a line. */
export function parseMigration(script: string): readonly MigrationStatement[] {
  return script
    .replace(/^\s*--.*$/gm, '')
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map(parseStatement)
}

function parseStatement(sql: string): MigrationStatement {
  return parseTable(sql) ?? parseIndex(sql) ?? parseSequence(sql) ?? parseRows(sql) ?? { sql, kind: 'not understood' }
}

const CREATE_TABLE = /^CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s+\((.*)\)[^)]*$/is
const ALTER_TABLE = /^ALTER TABLE (\w+)\s+(ADD COLUMN .*)$/is
const CONSTRAINT = /^(CONSTRAINT|PRIMARY|FOREIGN|UNIQUE|CHECK|KEY|INDEX)\b/i

function parseTable(sql: string): MigrationStatement | undefined {
  const [, created, body = ''] = CREATE_TABLE.exec(sql) ?? []
  if (created !== undefined) return { sql, kind: 'create table', table: created.toUpperCase(), columns: columnsOf(topLevelParts(body)) }
  const [, altered, changes = ''] = ALTER_TABLE.exec(sql) ?? []
  if (altered === undefined) return undefined
  const added = topLevelParts(changes).map((part) => /^ADD COLUMN (.*)$/is.exec(part)?.[1])
  if (!added.every((part) => part !== undefined)) return undefined
  return { sql, kind: 'add columns', table: altered.toUpperCase(), columns: columnsOf(added) }
}

function columnsOf(parts: readonly string[]): readonly ColumnDefinition[] {
  return parts
    .filter((part) => !CONSTRAINT.test(part))
    .map((part) => {
      const [, name = '', definition = ''] = /^(\w+)\s+(.*)$/s.exec(part) ?? []
      return { name: name.toUpperCase(), definition }
    })
}

const CREATE_INDEX = /^CREATE (UNIQUE )?INDEX (\w+) ON (\w+) ?\((.*)\)$/is
const DROP_INDEX = /^DROP INDEX (\w+)(?: ON \w+)?$/i

function parseIndex(sql: string): MigrationStatement | undefined {
  const [, unique, name, table = '', columns = ''] = CREATE_INDEX.exec(sql) ?? []
  if (name !== undefined) {
    const names = topLevelParts(columns).map((column) => column.replace(/[\s(].*$/s, '').toUpperCase())
    return { sql, kind: 'create index', table: table.toUpperCase(), index: name.toUpperCase(), isUnique: unique !== undefined, columns: names }
  }
  const [, dropped] = DROP_INDEX.exec(sql) ?? []
  return dropped === undefined ? undefined : { sql, kind: 'drop index', index: dropped.toUpperCase() }
}

function parseSequence(sql: string): MigrationStatement | undefined {
  const [, created] = /^CREATE SEQUENCE (\w+)\b/i.exec(sql) ?? []
  if (created !== undefined) return { sql, kind: 'create sequence', sequence: created.toUpperCase() }
  const [, owned, table = ''] = /^ALTER SEQUENCE (\w+) OWNED BY (\w+)\.\w+$/i.exec(sql) ?? []
  return owned === undefined ? undefined : { sql, kind: 'own sequence', sequence: owned.toUpperCase(), table: table.toUpperCase() }
}

function parseRows(sql: string): MigrationStatement | undefined {
  if (/^(ALTER TABLE JETON_\w+ SET \(|UPDATE JETON_)/i.test(sql)) return { sql, kind: 'own table' }
  const [, table] = /^INSERT INTO (JETON_\w+)\b/i.exec(sql) ?? []
  return table === undefined ? undefined : { sql, kind: 'first rows', table: table.toUpperCase() }
}

/** What stands between the commas that are in no brackets. */
function topLevelParts(text: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
