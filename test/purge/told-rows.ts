import type { KeptRow } from '../../src/stores/kept-rows.js'
import type { DoomedRows } from '../../src/stores/purge-target.js'
import { readRow } from '../../src/stores/row-json.js'

/** Each row that a purge has told of. */
export function toldRows(told: readonly DoomedRows[]): readonly KeptRow[] {
  return told.flatMap(({ table, columns, lines }) => lines.map((line) => ({ table, values: readRow(columns, JSON.parse(line)) })))
}
