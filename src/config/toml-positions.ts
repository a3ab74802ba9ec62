import { skipBlank, skipGap, skipScalar, type TomlCursor, takeKey, takeMark } from './toml-cursor.js'

/** Keys, and places (from 0) in arrays. */
export type KeyPath = readonly (string | number)[]

/** On which line (from 1) each key and table of a TOML text is first named; the parser does not tell. */
export interface TomlPositions {
  /** By {@link positionKey}. */
  readonly lines: ReadonlyMap<string, number>
  readonly names: ReadonlySet<string>
  /** false where the text could not be followed to its end: no TOML, or nested beyond measure. */
  readonly complete: boolean
}

const DEEPEST = 50

export const positionKey = (path: KeyPath): string => JSON.stringify(path)

interface Scan {
  readonly cursor: TomlCursor
  readonly lines: Map<string, number>
  readonly names: Set<string>
  /** How many elements each array of tables has so far. */
  readonly arrays: Map<string, number>
  counted: { at: number; line: number }
}

/** Follows headers and keys, dotted and quoted, through multi-line strings, arrays and inline tables. `text` has no byte order mark. */
export function scanPositions(text: string): TomlPositions {
  const scan: Scan = { cursor: { text, at: 0 }, lines: new Map(), names: new Set(), arrays: new Map(), counted: { at: 0, line: 1 } }
  let table: KeyPath | undefined = []
  for (skipGap(scan.cursor); table !== undefined && scan.cursor.at < text.length; skipGap(scan.cursor)) {
    if (text[scan.cursor.at] === '[') table = scanHeader(scan)
    else if (!scanAssignment(scan, table, 0)) table = undefined
  }
  return { lines: scan.lines, names: scan.names, complete: table !== undefined }
}

function lineAt(scan: Scan, at: number): number {
  for (; scan.counted.at < at; scan.counted.at++) if (scan.cursor.text[scan.counted.at] === '\n') scan.counted.line++
  return scan.counted.line
}

function note(scan: Scan, path: KeyPath, line: number): void {
  const key = positionKey(path)
  if (!scan.lines.has(key)) scan.lines.set(key, line)
  const name = path.at(-1)
  if (typeof name === 'string') scan.names.add(name)
}

function scanHeader(scan: Scan): KeyPath | undefined {
  const line = lineAt(scan, scan.cursor.at)
  const isArray = takeMark(scan.cursor, '[[')
  if (!isArray) takeMark(scan.cursor, '[')
  const segments = takeKey(scan.cursor)
  if (segments === undefined || !takeMark(scan.cursor, isArray ? ']]' : ']')) return undefined
  const path: (string | number)[] = []
  for (const [index, segment] of segments.entries()) {
    path.push(segment)
    note(scan, path, line)
    const count = scan.arrays.get(positionKey(path))
    const isNewElement = isArray && index === segments.length - 1
    if (isNewElement) scan.arrays.set(positionKey(path), (count ?? 0) + 1)
    if (isNewElement) path.push(count ?? 0)
    else if (count !== undefined) path.push(count - 1)
    note(scan, path, line)
  }
  return path
}

function scanAssignment(scan: Scan, table: KeyPath, depth: number): boolean {
  const line = lineAt(scan, scan.cursor.at)
  const segments = takeKey(scan.cursor)
  if (segments === undefined || !takeMark(scan.cursor, '=')) return false
  const path = [...table]
  for (const segment of segments) {
    path.push(segment)
    note(scan, path, line)
  }
  skipBlank(scan.cursor)
  return scanValue(scan, path, depth)
}

function scanValue(scan: Scan, path: KeyPath, depth: number): boolean {
  if (depth > DEEPEST) return false
  if (takeMark(scan.cursor, '[')) return scanArray(scan, path, depth + 1)
  if (takeMark(scan.cursor, '{')) return scanInlineTable(scan, path, depth + 1)
  return skipScalar(scan.cursor)
}

function scanArray(scan: Scan, path: KeyPath, depth: number): boolean {
  for (let index = 0; ; index++) {
    skipGap(scan.cursor)
    if (takeMark(scan.cursor, ']')) return true
    if (!scanValue(scan, [...path, index], depth)) return false
    skipGap(scan.cursor)
    takeMark(scan.cursor, ',')
  }
}

function scanInlineTable(scan: Scan, path: KeyPath, depth: number): boolean {
  for (;;) {
    skipGap(scan.cursor)
    if (takeMark(scan.cursor, '}')) return true
    if (!scanAssignment(scan, path, depth)) return false
    skipGap(scan.cursor)
    takeMark(scan.cursor, ',')
  }
}
