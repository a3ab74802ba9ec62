/** A place in a TOML text. Moves forward only. */
export interface TomlCursor {
  readonly text: string
  at: number
}

const BLANK = /[ \t]*/y
const GAP = /(?:[ \t\r\n]|#[^\n]*)*/y
const BARE_KEY = /[A-Za-z0-9_-]+/y
const BASIC = /"(?:[^"\\\n]|\\.)*"/y
const LITERAL = /'[^'\n]*'/y
const LONG_BASIC = /"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}/y
const LONG_LITERAL = /'''(?:[^']|'{1,2}(?!'))*'{3,5}/y
/** A date and its time may be parted by one space. */
const DATE_AND_TIME = /\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*/y
const WORD = /[^\s,\]}#"'[{=]+/y
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g
const ESCAPED: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' }

function take(cursor: TomlCursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)?.[0]
  cursor.at += found?.length ?? 0
  return found
}

/** Steps over `mark` if it stands here. */
export function takeMark(cursor: TomlCursor, mark: string): boolean {
  if (!cursor.text.startsWith(mark, cursor.at)) return false
  cursor.at += mark.length
  return true
}

/** Steps over spaces and tabs. */
export function skipBlank(cursor: TomlCursor): void {
  take(cursor, BLANK)
}

/** Steps over spaces, ends of lines and comments. */
export function skipGap(cursor: TomlCursor): void {
  take(cursor, GAP)
}

/** Steps over a string, number, truth value or date. */
export function skipScalar(cursor: TomlCursor): boolean {
  const patterns = [LONG_BASIC, LONG_LITERAL, BASIC, LITERAL, DATE_AND_TIME, WORD]
  return patterns.some((pattern) => take(cursor, pattern) !== undefined)
}

/** A dotted key, its segments bare or quoted; undefined where none stands. */
export function takeKey(cursor: TomlCursor): readonly string[] | undefined {
  const segments: string[] = []
  do {
    skipBlank(cursor)
    const segment = takeSegment(cursor)
    if (segment === undefined) return undefined
    segments.push(segment)
    skipBlank(cursor)
  } while (takeMark(cursor, '.'))
  return segments
}

function takeSegment(cursor: TomlCursor): string | undefined {
  const bare = take(cursor, BARE_KEY)
  if (bare !== undefined) return bare
  const literal = take(cursor, LITERAL)
  if (literal !== undefined) return literal.slice(1, -1)
  const basic = take(cursor, BASIC)
  return basic === undefined ? undefined : resolveEscapes(basic.slice(1, -1))
}

function resolveEscapes(text: string): string {
  return text.replace(ESCAPE, (all, short?: string, long?: string, letter?: string) => {
    if (letter !== undefined) return ESCAPED[letter] ?? all
    const code = Number.parseInt(short ?? long ?? '', 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
