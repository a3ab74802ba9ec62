import type { ActualSchema, ActualTable } from './actual-schema.js'
import { kindOfType } from './actual-schema.js'
import type { ColumnDefinition, MigrationStatement } from './migration-statements.js'
import { foreign, isShared, isUnread, mayBeAbsent, mayBeAdded } from './wso2-schema.js'

/** What of a statement is still to be done, given what is there: the statement itself, another one that adds only what is missing, or nothing. */
export function fitStatement(statement: MigrationStatement, schema: ActualSchema): readonly string[] {
  switch (statement.kind) {
    case 'create table': {
      const table = schema.tables.get(statement.table)
      if (table === undefined) return [statement.sql]
      return addMissing(statement.table, statement.columns, table)
    }
    case 'add columns': {
      const table = schema.tables.get(statement.table)
      const missing = statement.columns.filter(({ name }) => !table?.columns.has(name))
      return missing.length === 0 ? [] : [addColumns(statement.table, missing)]
    }
    case 'create index':
      return isUnread(statement.index) || hasIndex(statement, schema.tables.get(statement.table)) ? [] : [statement.sql]
    case 'drop index':
      return !isUnread(statement.index) && [...schema.tables.values()].some(({ indexes }) => indexes.has(statement.index)) ? [statement.sql] : []
    case 'create sequence':
      return schema.sequences.has(statement.sequence) ? [] : [statement.sql]
    case 'own sequence':
      // A table that was there before has its own way to number its rows.
      return schema.tables.has(statement.table) ? [] : [statement.sql]
    case 'first rows':
    case 'own table':
      return [statement.sql]
    case 'not understood':
      throw foreign(`a migration has a statement that cannot be fitted to tables that are there already (${statement.sql.slice(0, 60)}…)`)
  }
}

/** @throws CommandRefused `foreign_schema` when what is missing, or what is there, is not WSO2's. */
function addMissing(name: string, wanted: readonly ColumnDefinition[], table: ActualTable): readonly string[] {
  const missing = wanted.filter((column) => !table.columns.has(column.name) && !mayBeAbsent(name, column.name))
  const refused = missing.find((column) => !isShared(name) || !mayBeAdded(name, column.name))
  if (refused !== undefined) throw foreign(`the table ${name} has no column ${refused.name}`)
  for (const { name: column, definition } of wanted) {
    const actual = table.columns.get(column)
    const kind = kindOfType(definition)
    if (actual !== undefined && actual.kind !== 'other' && actual.kind !== kind) throw foreign(`the column ${name}.${column} holds no ${kind}`)
  }
  if (table.indexes.has('PRIMARY') && missing.some(({ definition }) => /PRIMARY KEY/i.test(definition)))
    throw foreign(`the table ${name} has another primary key than the column ${missing[0]?.name}`)
  const known = new Set(wanted.map((column) => column.name))
  const demanding = [...table.columns].find(([column, { isOptional }]) => !isOptional && !known.has(column))
  if (isShared(name) && demanding !== undefined) throw foreign(`the column ${name}.${demanding[0]} is unknown, and no row can be inserted without it`)
  return missing.length === 0 ? [] : [addColumns(name, missing)]
}

const addColumns = (table: string, columns: readonly ColumnDefinition[]): string =>
  `ALTER TABLE ${table} ${columns.map(({ name, definition }) => `ADD COLUMN ${name} ${definition}`).join(', ')}`

/** One of the same name, or one that does the same under another name. */
function hasIndex({ index, isUnique, columns }: Extract<MigrationStatement, { kind: 'create index' }>, table: ActualTable | undefined): boolean {
  if (table === undefined) return false
  const same = (other: readonly string[]): boolean => other.length === columns.length && other.every((column, place) => column === columns[place])
  return table.indexes.has(index) || [...table.indexes.values()].some((actual) => (actual.isUnique || !isUnique) && same(actual.columns))
}
