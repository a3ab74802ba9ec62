import type { EpochSeconds } from '../../model/time.js'

type Cell = string | number | readonly string[] | undefined | null

const CONTROL_CHARACTERS = /\p{Cc}/gu

/** Columns of equal width under upper-case headings; `empty` where there is nothing. */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[], empty: string): string {
  if (rows.length === 0) return empty
  const table = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(formatCell))]
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One field a line: its name, then its value. Fields that are undefined are left out. */
export function formatFields(fields: Readonly<Record<string, Cell>>): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) => `${name.padEnd(width)}  ${formatCell(value)}`).join('\n')
}

/** ISO 8601, to the second. */
export function formatTime(time: EpochSeconds | number | null | undefined): string {
  return time === undefined || time === null ? '-' : new Date(time * 1000).toISOString().replace('.000Z', 'Z')
}

/** What comes from a database goes to a terminal, which would obey escape sequences. */
function formatCell(value: Cell): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '')
  return text === '' ? '-' : text.replace(CONTROL_CHARACTERS, '?')
}
