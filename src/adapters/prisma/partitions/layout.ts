import { NEVER } from '../../../model/revocation-entry.js'
import type { MigrationConnection } from '../migrate.js'

/** Rows whose PURGE_AFTER is less than `to`, in epoch seconds, and not less than where the partition before it ends. */
export interface Partition {
  readonly name: string
  readonly to: number
}

export interface Layout {
  /** By time, ascending. */
  readonly regular: readonly Partition[]
  /** Has what no other one takes. Rows that never go have one of their own, so it is empty as a rule. */
  readonly rest: string
}

/** What the catalogue is read through: a connection of its own, or any. */
export type Reader = Pick<MigrationConnection, 'engine' | 'rows'>

/** undefined: the table is not partitioned. */
export async function readLayout({ engine, rows }: Reader, table: string): Promise<Layout | undefined> {
  if (engine === 'sqlite') return undefined
  const found = await rows(engine === 'postgresql' ? ofPostgresql(table) : ofMysql(table))
  const partitions = found.map((row) => ({ name: String(row.a_partition), ...boundOf(String(row.a_bound)) }))
  const rest = partitions.find(({ kind }) => kind === 'rest')
  if (rest === undefined) return undefined
  const regular = partitions.flatMap(({ name, kind, to }) => (kind === 'regular' ? [{ name, to }] : []))
  return { regular: regular.sort((one, other) => one.to - other.to), rest: rest.name }
}

const ofPostgresql = (table: string): string => `
  SELECT C.relname AS a_partition, pg_get_expr(C.relpartbound, C.oid) AS a_bound
  FROM pg_inherits I JOIN pg_class C ON C.oid = I.inhrelid WHERE I.inhparent = to_regclass('${table}')`

const ofMysql = (table: string): string => `
  SELECT PARTITION_NAME AS a_partition, PARTITION_DESCRIPTION AS a_bound FROM information_schema.PARTITIONS
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' AND PARTITION_NAME IS NOT NULL`

type Bound = { readonly kind: 'regular'; readonly to: number } | { readonly kind: 'rest' | 'ever'; readonly to?: undefined }

/** MySQL's has the upper bound alone, PostgreSQL's is `DEFAULT` or `FOR VALUES FROM ('1') TO ('2')`. */
function boundOf(text: string): Bound {
  const to = /(?:^|TO \()'?(\d+|MAXVALUE)'?\)?$/.exec(text)?.[1]
  if (to === 'MAXVALUE') return { kind: 'ever' }
  if (to === undefined || Number(to) === NEVER) return { kind: 'rest' }
  return { kind: 'regular', to: Number(to) }
}
