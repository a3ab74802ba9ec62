import { CommandRefused } from '../../../errors/operational-errors.js'
import type { KeptRow, RestoreVerdict } from '../../../stores/kept-rows.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { MIGRATION_DIALECTS } from '../migration-dialects.js'
import { RESTORABLE, type RestorableTable } from './restorable-tables.js'

/** Takes the transaction back, with what it would have come to. */
class OnlyTried extends CommandRefused {
  readonly verdicts: readonly RestoreVerdict[]

  constructor(verdicts: readonly RestoreVerdict[]) {
    super('only_tried', 'nothing was put back')
    this.verdicts = verdicts
  }
}

/** One column's name; anything else never comes into a statement. */
const NAME = /^[A-Z][A-Z0-9_]*$/

/** Rows of one table, in one transaction. */
export async function putBack(
  session: DatabaseSession,
  table: string,
  rows: readonly KeptRow[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly RestoreVerdict[]> {
  const form = Object.hasOwn(RESTORABLE, table) ? RESTORABLE[table] : undefined
  if (form === undefined) return rows.map(() => 'unknown_table')
  try {
    return await session.transaction(async (transaction) => {
      if (!(await isThere(transaction, table))) return rows.map(() => 'unknown_table' as const)
      const verdicts = await tryAll(transaction, { table, form, rows })
      if (dryRun) throw new OnlyTried(verdicts)
      return verdicts
    })
  } catch (error) {
    if (error instanceof OnlyTried) return error.verdicts
    throw error
  }
}

async function isThere({ rowsAsNamed, dialect }: Runner, table: string): Promise<boolean> {
  return (await rowsAsNamed(MIGRATION_DIALECTS[dialect.name].tableExists(tableName(dialect.name, table)))).length > 0
}

const tableName = (engine: string, table: string): string => (engine === 'postgresql' ? table.toLowerCase() : table)

interface Attempt {
  readonly table: string
  readonly form: RestorableTable
  readonly rows: readonly KeptRow[]
}

async function tryAll(transaction: Runner, attempt: Attempt): Promise<readonly RestoreVerdict[]> {
  const { form, rows } = attempt
  const before = await findKeys(transaction, attempt)
  const clients = form.client && (await findValues(transaction, attempt, { table: 'IDN_OAUTH_CONSUMER_APPS', ...form.client }))
  const parents = form.parent && (await findValues(transaction, attempt, form.parent))
  const obstacleOf = (row: KeptRow): RestoreVerdict | undefined => {
    if (before.has(keyOf(row, form))) return 'already_there'
    const client = form.client && row.values[form.client.column]
    if (client !== null && client !== undefined && !clients?.has(String(client))) return 'client_gone'
    if (form.parent && !parents?.has(String(row.values[form.parent.column]))) return 'parent_gone'
    return undefined
  }
  const obstacles = rows.map(obstacleOf)
  await insertRows(
    transaction,
    attempt,
    rows.filter((_, index) => obstacles[index] === undefined),
  )
  const after = await findKeys(transaction, attempt)
  return rows.map((row, index) => obstacles[index] ?? (after.has(keyOf(row, form)) ? 'restored' : 'key_taken'))
}

const keyOf = ({ values }: KeptRow, { key }: RestorableTable): string => JSON.stringify(key.map((column) => String(values[column])))

/** Keys that are in the table, of those rows. */
async function findKeys({ rows: ask }: Runner, { table, form, rows }: Attempt): Promise<ReadonlySet<string>> {
  const [first = ''] = form.key
  const columns = Prisma.join(form.key.map((column) => Prisma.raw(column)))
  const found = await ask<KeptRow['values']>(Prisma.sql`
    SELECT ${columns} FROM ${Prisma.raw(table)} WHERE ${Prisma.raw(first)} IN (${Prisma.join(rows.map(({ values }) => parameter(values[first])))})`)
  return new Set(found.map((values) => keyOf({ table, values }, form)))
}

/** What of the rows' `column` is in another table's `of`. */
async function findValues(
  { rows: ask }: Runner,
  { rows }: Attempt,
  other: { readonly column: string; readonly table: string; readonly of: string },
): Promise<ReadonlySet<string>> {
  const wanted = rows.map(({ values }) => values[other.column]).filter((value) => value !== null && value !== undefined)
  if (wanted.length === 0) return new Set()
  const of = Prisma.raw(other.of)
  const found = await ask<{ readonly A_VALUE: unknown }>(
    Prisma.sql`SELECT ${of} AS A_VALUE FROM ${Prisma.raw(other.table)} WHERE ${of} IN (${Prisma.join(wanted.map(parameter))})`,
  )
  return new Set(found.map(({ A_VALUE }) => String(A_VALUE)))
}

/** Rows for which some key is taken are passed over. */
async function insertRows({ dialect, execute }: Runner, { table, form }: Attempt, rows: readonly KeptRow[]): Promise<void> {
  const [first = ''] = form.key
  for (const { values } of rows) {
    const columns = Object.keys(values).filter((column) => NAME.test(column))
    const places = columns.map((column) => {
      const value = values[column]
      return value instanceof Date ? dialect.timestamp(value) : Prisma.sql`${parameter(value)}`
    })
    await execute(Prisma.sql`
      INSERT INTO ${Prisma.raw(table)} (${Prisma.join(columns.map((column) => Prisma.raw(column)))}) VALUES (${Prisma.join(places)})
      ${dialect.unlessAnyTaken(Prisma.raw(first))}`)
  }
}

const parameter = (value: unknown): string | bigint | boolean | Uint8Array | null => value as string | bigint | boolean | Uint8Array | null
