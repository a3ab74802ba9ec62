import { parse } from '@iarna/toml'
import fc from 'fast-check'
import { isTable } from '../../src/config/toml-document.js'
import { type KeyPath, positionKey, scanPositions } from '../../src/config/toml-positions.js'

const lineOf = (text: string, ...path: KeyPath): number | undefined => scanPositions(text).lines.get(positionKey(path))

/** A document in which every value ends with a number that tells which assignment it is, and the lines that were counted while it was written. */
interface Written {
  readonly text: string
  readonly lineOfValue: ReadonlyMap<number, number>
  readonly lineOfTable: ReadonlyMap<string, number>
}

type Statement = { readonly as: 'key' | 'table' | 'element' | 'inner'; readonly style: number; readonly value: number; readonly gap: number }

const statement: fc.Arbitrary<Statement> = fc.record({
  as: fc.constantFrom('key', 'key', 'key', 'table', 'element', 'inner'),
  style: fc.nat(5),
  value: fc.nat(9),
  gap: fc.nat(2),
})

/** Marks a key that stands on the second line of a value. */
const ON_NEXT_LINE = 5000

const keyIn = (style: number, name: string): string =>
  [name, `"${name} \\u0041\\"#"`, `'${name}.x = ['`, `p${name} . ${name}`, `p${name}."q\\\\" .'${name}'`, `"${name}]"`][style] ?? name

function valueIn(style: number, id: number): string {
  const values = [
    `${id}`,
    `"a # [x] = \\" ${id}"`,
    `'a # \\ ${id}'`,
    `"""\n[fake]\nfake = 1 \\"""\n""a"" ${id}"""`,
    `'''\n[[fake]]\nfake = '1' ''\n ${id}'''`,
    `[ # [fake]\n  "]" , "fake = 1 ${id}", # ]\n  ${id},\n]`,
    `{ a = 'x ${id}', "b }" . c = [ ${id}, ${id} ] }`,
    `[ { a = ${id} }, { a = """\n${id}""", b = [ [ ${id + ON_NEXT_LINE} ] ] } ]`,
    `"${id}" # fake = 1`,
    `"""a""""${'\n'}# ${id}`,
  ]
  return values[style] ?? `${id}`
}

function write(statements: readonly Statement[]): Written {
  let text = ''
  const lineOfValue = new Map<number, number>()
  const lineOfTable = new Map<string, number>()
  const elements: string[] = []
  const here = (): number => text.split('\n').length
  statements.forEach(({ as, style, value, gap }, index) => {
    const id = 1000 + index
    text += ['', '\n', '  # fake = 1\n\t# [fake]\n'][gap] ?? ''
    const line = here()
    if (as === 'key') {
      lineOfValue.set(id, line)
      lineOfValue.set(id + ON_NEXT_LINE, line + 1)
      text += `${style % 2 === 0 ? '' : '  '}${keyIn(style, `k${id}`)} = ${valueIn(value === 9 ? 0 : value, id)}\n`
    } else if (as === 'element') {
      lineOfTable.set(positionKey(['list', elements.length]), line)
      elements.push(`${id}`)
      text += style % 2 === 0 ? '[[list]]\n' : '[[ "list" ]] # fake\n'
    } else {
      const isInner = as === 'inner' && elements.length > 0
      lineOfTable.set(positionKey(isInner ? ['list', elements.length - 1, `t${id}`] : [`t${id}`, 'x]']), line)
      text += isInner ? `[list.t${id}]\n` : `[ t${id} . "x]" ]\n`
    }
  })
  return { text, lineOfValue, lineOfTable }
}

/** Every key of a parsed document with its path, and the number in its value where that has one. */
function keysOf(value: unknown, path: KeyPath = []): readonly { readonly path: KeyPath; readonly id: number | undefined }[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => keysOf(item, [...path, index]))
  if (!isTable(value)) return []
  return Object.entries(value).flatMap(([name, child]) => [{ path: [...path, name], id: idOf(child) }, ...keysOf(child, [...path, name])])
}

function idOf(value: unknown): number | undefined {
  const scalar: unknown = Array.isArray(value) ? value.flat(5).find((item) => !isTable(item)) : value
  const digits = isTable(scalar) ? undefined : /(\d{4})$/.exec(String(scalar))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

describe('scanPositions', () => {
  it('finds every key that the parser finds, on the line it was written on', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 25 }), (statements) => {
        const { text, lineOfValue } = write(statements)
        const positions = scanPositions(text)
        expect(positions.complete).toBe(true)
        for (const { path, id } of keysOf(parse(text))) {
          const line = positions.lines.get(positionKey(path))
          expect(line).toBeDefined()
          if (id !== undefined) expect(line).toBe(lineOfValue.get(id))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('finds every header on the line it was written on', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 25 }), (statements) => {
        const { text, lineOfTable } = write(statements)
        const { lines } = scanPositions(text)
        for (const [path, line] of lineOfTable) expect(lines.get(path)).toBe(line)
      }),
      { numRuns: 200 },
    )
  })

  it('finds no key that the parser does not find, whatever the parser accepts', () => {
    const line = fc.constantFrom(
      'a = 1',
      'a.b = 2',
      'b = {a = 1, b.c = {}}',
      '[a]',
      '[a.b]',
      '[[a]]',
      '[[a.b]]',
      '[b."a"]',
      'c = """',
      '"""',
      "d = '''",
      "'''",
      'e = [',
      ']',
      ',',
      '1,',
      '"x", # y',
      '{a = 1}',
      'f = 1979-05-27 07:32:00 # z',
      'g = 1979-05-27',
      '',
      '# h',
      '  "i\\n" = "\\\\"',
      "'j\\' = ''",
      'k = """"x"""""',
      "l = '''''x''''",
      'm = -inf',
      'n = [[],[{}]]',
      'o = "\\',
      '__proto__ = 1',
    )
    let accepted = 0
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = lines.join('\n')
        const parsed = attempt(() => parse(text))
        if (parsed === undefined) return
        accepted++
        const { lines: found, complete } = scanPositions(text)
        const scanned = [...found.keys()].filter((key) => typeof (JSON.parse(key) as unknown[]).at(-1) === 'string')
        expect(complete).toBe(true)
        expect(new Set(scanned)).toEqual(new Set(keysOf(parsed).map(({ path }) => positionKey(path))))
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(300)
  })

  it('ends on any text at all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', ']', '{', '}', '"', "'", '"""', '=', '.', ',', '#', '\\', '\n', ' ', 'a', '1'), { maxLength: 60 }),
        (parts) => {
          expect(typeof scanPositions(parts.join('')).complete).toBe('boolean')
        },
      ),
    )
  })

  it('counts the elements of an array of tables', () => {
    const text = '[[a]]\nx = 1\n[[a]]\n[a.b]\nx = 2\n[[a.c]]\nx = 3\n'
    expect(lineOf(text, 'a', 0, 'x')).toBe(2)
    expect(lineOf(text, 'a', 1, 'b', 'x')).toBe(5)
    expect(lineOf(text, 'a', 1, 'c', 0, 'x')).toBe(7)
  })

  it('says that it gave up where values are nested beyond measure', () => {
    expect(scanPositions(`a = ${'['.repeat(10_000)}${']'.repeat(10_000)}`).complete).toBe(false)
  })

  it('follows the longest text a file may have', () => {
    const text = `a = """${'"x'.repeat(100_000)}"""\nb = 1\n`
    expect(lineOf(text, 'b')).toBe(2)
  })
})

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
