/** A row: column name in upper case to value. */
export type RowValues = Readonly<Record<string, unknown>>

/**
 * A row as one line of JSON, and back without loss: a whole number as {"int":"…"}, an instant as {"time":"…"} in RFC 3339 (UTC),
 * bytes as {"base64":"…"}; text, true, false and null as they are.
 */
export function writeValues(values: RowValues): string {
  return JSON.stringify(Object.fromEntries(Object.entries(values).map(([column, value]) => [column, wrap(value)])))
}

/** What is written of a value: a text as it is; a whole number, an instant of UTC without its `Z`, and bytes in Base64 as texts. */
export type ValueKind = 'text' | 'int' | 'time' | 'bytes' | 'any'

export interface RowColumn {
  /** In upper case. */
  readonly name: string
  /** `any`: each value says itself what it is, as `writeValues` has it. */
  readonly kind: ValueKind
}

/** Rows as lines, a JSON array each. */
export interface WrittenRows {
  readonly columns: readonly RowColumn[]
  readonly lines: readonly string[]
}

/** All columns are of kind `any`. */
export function writeRows(rows: readonly RowValues[]): WrittenRows {
  const names = [...new Set(rows.flatMap((values) => Object.keys(values)))]
  return {
    columns: names.map((name) => ({ name, kind: 'any' })),
    lines: rows.map((values) => JSON.stringify(names.map((name) => wrap(values[name])))),
  }
}

/** The row of such a line. @throws RangeError where it does not have these columns */
export function readRow(columns: readonly RowColumn[], json: unknown): RowValues {
  if (!Array.isArray(json) || json.length !== columns.length) throw new RangeError('not a row of these columns')
  return Object.fromEntries(columns.map(({ name, kind }, index) => [name, readValue(kind, json[index])]))
}

function readValue(kind: ValueKind, value: unknown): unknown {
  if (kind === 'any') return unwrap(value)
  if (value === null) return null
  if (typeof value !== 'string') throw new RangeError('not a value')
  if (kind === 'int') return BigInt(value)
  if (kind === 'time') return new Date(`${value}Z`)
  return kind === 'bytes' ? Buffer.from(value, 'base64') : value
}

/** @throws RangeError where it is not what `writeValues` writes */
export function readValues(json: unknown): RowValues {
  if (typeof json !== 'object' || json === null) throw new RangeError('not a row')
  return Object.fromEntries(Object.entries(json).map(([column, value]) => [column, unwrap(value)]))
}

function wrap(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint' || Number.isInteger(value)) return { int: String(value) }
  if (value instanceof Date) return { time: value.toISOString() }
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  return { json: value }
}

function unwrap(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'object') throw new RangeError('not a value')
  if ('int' in value && typeof value.int === 'string') return BigInt(value.int)
  if ('time' in value && typeof value.time === 'string') return new Date(value.time)
  if ('base64' in value && typeof value.base64 === 'string') return Buffer.from(value.base64, 'base64')
  if ('json' in value) return JSON.stringify(value.json)
  throw new RangeError('not a value')
}
