import { parse } from '@iarna/toml'
import { type KeyPath, positionKey, scanPositions, type TomlPositions } from './toml-positions.js'

export type TomlTable = Readonly<Record<string, unknown>>

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** A TOML text with the lines of its keys. */
export interface TomlDocument {
  readonly root: TomlTable
  /** Of the key, or of the nearest table around it that the text names; from 1. */
  lineOf(path: KeyPath): number
}

export type ParsedToml =
  | { readonly ok: true; readonly document: TomlDocument }
  | { readonly ok: false; readonly line: number; readonly message: string }

const POSITION_IN_MESSAGE = / at row \d[\s\S]*$/
/** What every JavaScript object seems to have: the parser would write into it. `__proto__` it handles. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__')

/** Reads TOML 1.0. Line ends may be CRLF (which the parser does not take in comments). */
export function parseToml(source: string): ParsedToml {
  const text = source.replace(/\r\n/g, '\n')
  const positions = scanPositions(text)
  const inherited = INHERITED.find((name) => positions.names.has(name))
  if (inherited !== undefined) return { ok: false, line: lineOfName(positions, inherited), message: `no key may be called ${inherited}` }
  try {
    const root: TomlTable = parse(text)
    if (!positions.complete) return { ok: false, line: 1, message: 'the values are nested too deep' }
    return { ok: true, document: { root, lineOf: (path) => lineOf(positions, path) } }
  } catch (error) {
    return { ok: false, ...describe(error) }
  }
}

/** The parser's message goes on with the lines around the mistake: a secret may stand there. */
function describe(error: unknown): { readonly line: number; readonly message: string } {
  const line = error instanceof Error && 'line' in error && typeof error.line === 'number' ? error.line + 1 : 1
  const message = error instanceof Error && error.name === 'TomlError' ? error.message.replace(POSITION_IN_MESSAGE, '') : 'cannot be read'
  return { line, message: `not TOML: ${message}` }
}

function lineOf(positions: TomlPositions, path: KeyPath): number {
  for (let length = path.length; length > 0; length--) {
    const line = positions.lines.get(positionKey(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return 1
}

function lineOfName(positions: TomlPositions, name: string): number {
  for (const [path, line] of positions.lines) if (path.endsWith(`${JSON.stringify(name)}]`)) return line
  return 1
}
